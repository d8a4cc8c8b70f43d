"""What each kind of fact accepts, and how answers read."""

from __future__ import annotations

from typing import Any

import pytest

from criteria.facts import FactError, validate
from criteria.policy import Policy

GOOD: dict[str, list[Any]] = {
    "request_type": ["initial", "renewal"],
    "request_date": ["2026-11-24", "2028-02-29"],
    "cremophor_hypersensitivity": [True, False, "unknown"],
    "disease_settings": [[], ["metastatic"], ["metastatic", "locally_advanced"]],
    "line_of_therapy": [1, 20],
    "her2_ihc": ["0", "1+", "2+", "3+", "not_done"],
    "her2_ish_ratio": [0, 0.0, 2, 50],
    "germline_brca": ["mutation", "no_mutation", "not_tested"],
    "pd_l1_cps": [0, 9.99, 100, "not_tested"],
    "taxane_months_to_progression": [0, 600, "unknown"],
}
BAD: dict[str, list[Any]] = {
    "request_type": ["Initial", "", True, 1, ["initial"], {}],
    "request_date": ["2026-02-29", "20261124", "2026-1-1", "2026-11-24T00:00", 20261124, "٢٠٢٦-١١-٢٤", "unknown"],
    "cremophor_hypersensitivity": [1, 0, "true", "not_tested", [], 0.0],
    "disease_settings": [
        "metastatic",
        [1],
        ["cured"],
        ["metastatic", "metastatic"],
        {"metastatic": 1},
        [["metastatic"]],
    ],
    "line_of_therapy": [0, 21, 1.0, "1", True, 10**400, "unknown"],
    "her2_ihc": [0, "0+", "4+"],
    "her2_ish_ratio": [-0.01, 50.01, float("nan"), float("inf"), "2", True, "unknown", 10**400],
    "germline_brca": ["unknown", None.__class__],
    "pd_l1_cps": ["unknown", "9"],
    "taxane_months_to_progression": [-1, 600.5, "not_tested"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_accepted_as_it_is(policy: Policy, name: str, value: Any) -> None:
    assert validate(policy.facts, {name: value}) == {name: value}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_refused_naming_the_fact_and_what_it_accepts(policy: Policy, name: str, value: Any) -> None:
    with pytest.raises(FactError) as refused:
        validate(policy.facts, {name: value})
    assert refused.value.fact == name
    assert refused.value.message.startswith("Accepts ")


def test_null_is_not_answered(policy: Policy) -> None:
    assert validate(policy.facts, {"line_of_therapy": None}) == {}


@pytest.mark.parametrize("given", [[], "facts", 3, None])
def test_only_an_object_of_facts(policy: Policy, given: Any) -> None:
    with pytest.raises(FactError, match="object"):
        validate(policy.facts, given)


def test_a_key_that_is_no_fact_is_refused(policy: Policy) -> None:
    with pytest.raises(FactError) as refused:
        validate(policy.facts, {"favourite_colour": "blue"})
    assert refused.value.fact == "favourite_colour"


def test_the_refused_value_is_never_repeated(policy: Policy) -> None:
    with pytest.raises(FactError) as refused:
        validate(policy.facts, {"date_of_birth": "Jane Doe"})
    assert "Jane" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("her2_ihc", "2+", "2+"),
        ("cremophor_hypersensitivity", True, "Yes"),
        ("cremophor_hypersensitivity", False, "No"),
        ("cremophor_hypersensitivity", "unknown", "Not known"),
        ("germline_brca", "not_tested", "Not tested"),
        ("ast_x_uln", 3.2, "3.2 × ULN"),
        ("er_percent", 80, "80%"),
        ("line_of_therapy", 2, "2"),
        ("disease_settings", ["metastatic", "locally_advanced"], "Metastatic; Locally advanced"),
        ("disease_settings", [], "None of these"),
        ("request_date", "2026-11-04", "November 4, 2026"),
        ("line_of_therapy", None, "Not answered"),
    ],
)
def test_answers_in_words(policy: Policy, name: str, value: Any, words: str) -> None:
    assert policy.facts[name].say(value) == words
