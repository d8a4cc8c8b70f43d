"""The loader refuses what a policy must not contain, and names file and place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from criteria.dump import dump
from criteria.loader import PolicyError, load
from criteria.policy import Policy
from tests.criteria.conftest import FOLDER

LINES = (FOLDER / "policy.yaml").read_text(encoding="utf-8").splitlines()


def test_load_then_dump_is_identity(policy: Policy) -> None:
    document, questions = dump(policy)
    assert document == yaml.safe_load((FOLDER / "policy.yaml").read_text(encoding="utf-8"))
    assert questions == yaml.safe_load((FOLDER / "questions.yaml").read_text(encoding="utf-8"))


def test_dump_then_load_is_identity(policy: Policy, tmp_path: Path) -> None:
    folder = tmp_path / "IC-0072" / "2025-09-04"
    folder.mkdir(parents=True)
    for name, content in zip(("policy.yaml", "questions.yaml"), dump(policy), strict=True):
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    assert dump(load(folder)) == dump(policy)


def test_an_end_of_validity_survives(altered: Callable[..., Path]) -> None:
    loaded = load(altered(("effective: 2025-09-04", "effective: 2025-09-04\nuntil: 2026-08-31")))
    assert dump(loaded)[0]["until"].isoformat() == "2026-08-31"


ADULT = "age_in_years: {born: date_of_birth, as_of: request_date, at_least: 18}"
REFUSED = [
    ("title: Ixabepilone", "titel: Ixabepilone", "unknown key"),
    ("title: Ixabepilone for breast cancer\n", "", "missing key 'title'"),
    ("id: IC-0072", "id: 72", "expected text"),
    ("effective: 2025-09-04", "effective: soon", "expected a date"),
    ("reviewed:\n    [2011-12", "reviewed:\n    [December", "expected a month"),
    ("max_units: 90", "max_units: ninety", "expected a whole number"),
    ("mg_per_m2: 40", "mg_per_m2: lots", "expected a number"),
    ("vials_mg: [45, 15]", "vials_mg: 45", "expected a list"),
    ("dosing:\n  cite: V\n", "dosing:\n  cite: V\n  cite: V\n", "key given twice"),
    ("prior_authorization: true", "prior_authorization: perhaps", "expected true or false"),
    ("drug:\n  brand: Ixempra\n  generic: ixabepilone\n  route: intravenous", "drug: Ixempra", "expected a mapping"),
    ("  1: Ixempra prescribing", "  one: Ixempra prescribing", "a reference's key is its number"),
    ("    references: [5, 6]\n    if_unmet", "    references: [5, 66]\n    if_unmet", "not defined in this policy"),
    ("    marks: [compendium]\n", "    marks: [imaginary]\n", "not defined in this policy"),
    (
        "fact: disease_settings\n    includes_any",
        "fact: disease_setting\n    includes_any",
        "undefined fact 'disease_setting'",
    ),
    ("includes_any: [recurrent_unresectable,", "includes_any: [cured,", "not a value of 'disease_settings'"),
    ("includes_any: [locally_advanced, metastatic]", "includes_any: []", "expected at least one value"),
    ("    fact: her2_test_compliant\n    is: true", "    fact: her2_test_compliant\n    is: unknown", "not a value"),
    (
        "    fact: her2_test_compliant\n    is: true",
        "    fact: her2_test_compliant\n    at_least: 1",
        "which this test does not take",
    ),
    ("    fact: her2_test_compliant\n    is: true", "    fact: her2_test_compliant", "expected exactly one of: is"),
    ("    fact: regimen\n    is: single_agent", "    all_of: [{use: her2_negative}]", "expected at least two"),
    ("    fact: regimen\n    is: single_agent", "    is: single_agent", "expected exactly one of: all_of"),
    (
        "    derived: her2_status\n    is: negative",
        "    derived: her3_status\n    is: negative",
        "undefined derived fact",
    ),
    (
        "    derived: her2_status\n    is: negative",
        "    derived: her2_status\n    is: low",
        "expected one of: negative",
    ),
    ("    derived: her2_status\n    is: negative", "    derived: her2_status", "'derived' goes with is"),
    (
        "    fact: line_of_therapy\n        at_least: 3",
        "    fact: line_of_therapy\n        at_least: 30",
        "outside the values",
    ),
    ("      - use: her2_positive\n", "      - use: her4_positive\n", "no criterion 'her4_positive' above"),
    ("  - id: single_agent\n    label", "  - id: her2_positive\n    label", "id used twice"),
    ("    cite: III\n    marks: [compendium]", "    marks: [compendium]", "missing key 'cite'"),
    ("    if_unmet: The patient is younger than 18 on the request date.\n", "", "'adult' needs 'if_unmet'"),
    (ADULT, ADULT.replace("born: date_of_birth", "born: regimen"), "of kind 'choice'"),
    ("same: [regimen, approved_regimen]", "same: [regimen]", "expected two facts"),
    ("same: [regimen, approved_regimen]", "same: [regimen, disease_response]", "unknown value cannot be compared"),
    ("if_absent: met", "if_absent: perhaps", "expected one of: met"),
    (
        "resistance:\n      outcome: anthracycline_outcome",
        "resistance:\n      outcome: outcome",
        "undefined fact 'outcome'",
    ),
    ("her2: {ihc: her2_ihc, ish: her2_ish,", "her2: {ihc: her2_ihc,", "missing key 'ish'"),
    ("    her2: {ihc", "    resistance: {}\n    her2: {ihc", "expected exactly one rule"),
    ("  - id: taxane_resistance", "  - id: her2_status", "id used twice"),
    ("  - id: er_low_positive", "  - id: her2_discordant", "used twice"),
    ("universal:\n  - id: adult", "universal: []\nuniversal_old:\n  - id: adult", "unknown key"),
    ("\nrenewal:\n", "\nrenewal: []\nflags_old:\n", "unknown key"),
    ("    not: {use: with_capecitabine}", "    not: {use: with_capecitabine, cite: III}", "unknown key"),
]


@pytest.mark.parametrize(
    ("old", "new", "words"), REFUSED, ids=[f"{number}-{row[2]}" for number, row in enumerate(REFUSED)]
)
def test_refused_by_place(altered: Callable[..., Path], old: str, new: str, words: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load(altered((old, new)))
    message = str(refused.value)
    assert message.startswith("IC-0072/2025-09-04/policy.yaml:")
    assert words in message


LAST_PAGE = (
    "  - id: toxicity\n    title: Toxicity\n    facts: [unacceptable_toxicity]\n"
    "    why: Renewal needs the absence of unacceptable toxicity.\n    cite: IV\n"
)
QUESTIONS_REFUSED = [
    ("kind: boolean", "kind: yesno", "unknown kind"),
    ("    minimum: 1\n    maximum: 20\n", "    minimum: 1\n", "missing key 'maximum'"),
    ("    none_label: None of these\n", "", "missing key 'none_label'"),
    ("    kind: boolean\n", "    kind: boolean\n    unit: mg\n", "not used for kind 'boolean'"),
    ("    unknown_label: Not known\n", "", "go together"),
    ("name: request_date", "name: request_type", "given twice"),
    ("name: request_type", "name: type_of_request", "needs the fact 'request_type'"),
    ("asked_when: {fact: her2_ihc,", "asked_when: {fact: her2_ish_ratio,", "undefined fact"),
    ("facts: [cremophor_hypersensitivity]", "facts: [regimen]", "pages follow the order of the facts"),
    (
        LAST_PAGE,
        "",
        "no page asks for 'unacceptable_toxicity'",
    ),
    ("  - id: toxicity\n", "  - id: response\n", "page id is used twice"),
]


@pytest.mark.parametrize(("old", "new", "words"), QUESTIONS_REFUSED)
def test_questions_refused_by_place(altered: Callable[..., Path], old: str, new: str, words: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load(altered((old, new), file="questions.yaml"))
    assert str(refused.value).startswith("IC-0072/2025-09-04/questions.yaml:")
    assert words in str(refused.value)


def test_the_line_named_is_the_line_at_fault(altered: Callable[..., Path]) -> None:
    folder = altered(("    marks: [compendium]\n", "    marks: [imaginary]\n"))
    with pytest.raises(PolicyError) as refused:
        load(folder)
    line = int(str(refused.value).split(":")[1])
    assert "imaginary" in (folder / "policy.yaml").read_text(encoding="utf-8").splitlines()[line - 1]
    assert "shared[0].marks[0]" in str(refused.value)


def test_unreadable_files(altered: Callable[..., Path]) -> None:
    folder = altered()
    for content, words in ((b"a: [", "not readable YAML"), (b"\xff\xfe\xfa", "not readable YAML"), (b"", "empty")):
        (folder / "policy.yaml").write_bytes(content)
        with pytest.raises(PolicyError, match=words):
            load(folder)
    (folder / "policy.yaml").unlink()
    with pytest.raises(PolicyError, match="No such file"):
        load(folder)


def test_empty_lists_of_criteria_are_refused(altered: Callable[..., Path]) -> None:
    text = (FOLDER / "policy.yaml").read_text(encoding="utf-8")
    start, end = text.index("\nrenewal:\n"), text.index("\n# What a reviewer is told")
    with pytest.raises(PolicyError, match="at least one criterion"):
        load(altered((text[start:end], "\nrenewal: []\n")))
