"""The policy as data: counts, codes and jurisdictions match the document; lint, catalog, show and explain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from benchmarks.cases import MEETING
from criteria import catalog
from criteria.evaluate import decide
from criteria.explain import pathways_in_view, sentences
from criteria.lint import check
from criteria.loader import PolicyError, load
from criteria.policy import Policy
from criteria.show import show

PATHWAYS = [name for name in MEETING if name != "renewal"]


def test_document_facts(policy: Policy) -> None:
    assert len(policy.diagnoses) == 55
    assert sum(code.startswith("C50.") for code in policy.diagnoses) == 54
    assert "Z85.3" in policy.diagnoses
    assert [node.id for node in policy.pathways] == PATHWAYS
    assert (policy.dosing.max_units, policy.dosing.interval_days) == (90, 21)
    assert (policy.authorization.initial_months, policy.authorization.renewal_months) == (6, 6)
    assert policy.hcpcs.code == "J9207"
    assert [ndc.code for ndc in policy.ndcs] == ["70020-1910-xx", "70020-1911-xx"]
    assert len(policy.document.reviewed) == 15
    assert sorted(policy.references) == list(range(1, 10))
    assert [factor.prior_authorization for factor in policy.factors.factors] == [True, True, False, True]


@pytest.mark.parametrize(
    ("state", "locality", "contractor"),
    [
        ("VA", "", "Palmetto GBA"),
        ("VA", "Fairfax County", "Novitas Solutions, Inc."),
        ("VA", "City of Alexandria", "Novitas Solutions, Inc."),
        ("VA", "Richmond", "Palmetto GBA"),
        ("TX", "", "Novitas Solutions, Inc."),
        ("PR", "", "First Coast Service Options, Inc."),
        ("MP", "", "Noridian Healthcare Solutions, LLC"),
        ("KY", "", "CGS Administrators, LLC"),
    ],
)
def test_medicare_contractor(policy: Policy, state: str, locality: str, contractor: str) -> None:
    found = policy.medicare.contractor(state, locality)
    assert found is not None
    assert found.contractor == contractor


def test_every_state_and_territory_has_one_contractor(policy: Policy) -> None:
    areas = [area for jurisdiction in policy.medicare.jurisdictions for area in jurisdiction.areas]
    assert len(areas) == len(set(areas)) == 56
    assert policy.medicare.contractor("XX") is None
    assert len(policy.medicare.split("VA")) == 3
    assert policy.medicare.split("TX") == ()


def test_administrative_facts_are_on_no_page(policy: Policy) -> None:
    assert policy.administrative == ("request_type", "request_date", "date_of_birth", "approved_regimen")
    assert all(policy.page_of(name) is None for name in policy.administrative)
    page = policy.page_of("alt_x_uln")
    assert page is not None
    assert page.id == "liver-tests"


def test_lookups_by_id(policy: Policy) -> None:
    assert policy.criterion("hr_positive").cite == "III"
    assert policy.pathway("tnbc_first_line").label == "Triple-negative disease, first line"
    with pytest.raises(KeyError):
        policy.criterion("nonsense")


def test_published_policies_have_no_findings() -> None:
    assert check(policy for each in catalog.policy_ids() for policy in catalog.versions(each)) == []


ANY_LINE = "any_of: [{use: first_line}, {id: any_line, label: Any line, cite: III, fact: line_of_therapy, at_least: 1}]"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "      - use: first_line\n      - id: pd_l1",
            "      - use: with_trastuzumab\n      - id: pd_l1",
            "criterion 'tnbc_first_line' can never be met",
        ),
        (
            "label: Disease is HER2-negative\n    cite: III",
            "label: Disease is HER2-negative\n    cite: page 3",
            "cites 'page 3'",
        ),
        ("max_units: 90", "max_units: 30", "below the largest vial"),
        ("vials_mg: [45, 15]", "vials_mg: [45, 20]", "differ"),
        ("fact: line_of_therapy\n        at_least: 2", ANY_LINE, "'second_line_or_later' can never fail"),
        (
            "- {id: ihc_2, label: HER2 IHC is 2+, cite: III, fact: her2_ihc, is: 2+}",
            "- {id: ihc_3, label: HER2 IHC is 3+, cite: III, fact: her2_ihc, is: 3+}",
            "alternative 'ihc_2_ish_negative' of 'no_germline_brca_or_low_her2' is unreachable",
        ),
        (
            "fact: disease_response\n    in: [stabilization, decrease]",
            "fact: regimen\n    in: [single_agent]",
            "fact 'disease_response' decides nothing",
        ),
    ],
)
def test_findings(altered: Callable[..., Path], old: str, new: str, words: str) -> None:
    findings = check([load(altered((old, new)))])
    assert any(words in finding for finding in findings), findings


def test_a_shared_criterion_that_nothing_uses(altered: Callable[..., Path]) -> None:
    extra = "  - {id: idle, label: Idle, cite: III, fact: line_of_therapy, is: 7}\n"
    findings = check([load(altered(("\n# Section III: what every", extra + "\n# Section III: what every")))])
    assert any("'idle' is used nowhere" in finding for finding in findings)


def test_versions_govern_by_request_date(altered: Callable[..., Path]) -> None:
    first = altered(("effective: 2025-09-04", "effective: 2025-09-04\nuntil: 2026-06-30"))
    altered(
        ("version: 2025-09-04", "version: 2026-08-01"),
        ("effective: 2025-09-04", "effective: 2026-08-01"),
        version="2026-08-01",
    )
    root = first.parent.parent
    assert [policy.version for policy in catalog.versions("IC-0072", root)] == ["2025-09-04", "2026-08-01"]
    assert catalog.governing("IC-0072", date(2026, 6, 30), root).version == "2025-09-04"
    assert catalog.governing("IC-0072", date(2026, 8, 1), root).version == "2026-08-01"
    assert catalog.latest("IC-0072", root).version == "2026-08-01"
    for day in (date(2025, 9, 3), date(2026, 7, 15)):
        with pytest.raises(catalog.NoGoverningVersion):
            catalog.governing("IC-0072", day, root)


def test_overlapping_versions_are_refused_and_found(altered: Callable[..., Path]) -> None:
    first = altered(("effective: 2025-09-04", "effective: 2025-09-04\nuntil: 2026-12-31"))
    second = altered(
        ("version: 2025-09-04", "version: 2026-08-01"),
        ("effective: 2025-09-04", "effective: 2026-08-01"),
        version="2026-08-01",
    )
    with pytest.raises(PolicyError, match="both govern"):
        catalog.versions("IC-0072", first.parent.parent)
    assert any("both govern" in finding for finding in check([load(first), load(second)]))


def test_a_version_lies_in_the_folder_it_names(altered: Callable[..., Path]) -> None:
    folder = altered(version="2026-01-01")
    with pytest.raises(PolicyError, match="must name its folder"):
        catalog.versions("IC-0072", folder.parent.parent)


def test_unknown_policies_and_versions() -> None:
    with pytest.raises(catalog.UnknownPolicy, match="Policies: IC-0072"):
        catalog.versions("IC-9999")
    with pytest.raises(catalog.UnknownPolicy, match="Versions: 2025-09-04"):
        catalog.get("IC-0072", "1999-01-01")


def test_show_tells_every_criterion_with_its_citation(policy: Policy, altered: Callable[..., Path]) -> None:
    text = show(policy)
    assert all(f"[{node.cite}] ({node.id})" in text for top in policy.pathways for node in top.children)
    assert "line_of_therapy ≥ 4" in text
    assert "years from date_of_birth to request_date ≥ 18" in text
    ended = load(altered(("effective: 2025-09-04", "effective: 2025-09-04\nuntil: 2026-12-31")))
    assert "to 2026-12-31" in show(ended)


def test_explaining_a_request_that_meets(policy: Policy) -> None:
    told = sentences(policy, decide(policy, MEETING["tnbc_first_line"]))
    assert told.headline == "This request meets the criteria for: Triple-negative disease, first line."
    assert [group.id for group in told.groups] == ["universal_criteria", "tnbc_first_line"]
    assert told.unmet == told.unresolved == ()
    her2 = next(line for line in told.lines if line.criterion_id == "her2_negative")
    assert "HER2 IHC score: 2+" in her2.because
    assert any("ISH group 5" in words for words in her2.because)


def test_explaining_a_request_that_fails_names_the_closest_pathway(policy: Policy) -> None:
    facts = {**MEETING["tnbc_first_line"], "pd_l1_cps": 10, "capecitabine_failed": False}
    decision = decide(policy, facts)
    told = sentences(policy, decision)
    assert "does not meet" in told.headline
    assert "tnbc_first_line" in {node.id for node in pathways_in_view(policy, decision)}
    line = next(line for line in told.unmet if line.criterion_id == "pd_l1_cps_below_10")
    assert line.sentence == "PD-L1 CPS is 10 or higher."
    assert line.because == ("PD-L1 combined positive score: 10",)
    assert line.would_change


def test_explaining_what_is_open(policy: Policy) -> None:
    facts = dict(MEETING["with_capecitabine_after_anthracycline_and_taxane"])
    answered = sentences(policy, decide(policy, {**facts, "taxane_setting": "unknown"}))
    assert answered.headline == "The answers given do not settle the criteria for this request."
    line = next(line for line in answered.unresolved if line.criterion_id == "pretreated")
    assert any("Taxane resistance is not established" in words for words in line.because)
    del facts["taxane_outcome"]
    assert "More answers are needed" in sentences(policy, decide(policy, facts)).headline


def test_explaining_a_renewal(policy: Policy) -> None:
    told = sentences(policy, decide(policy, MEETING["renewal"]))
    assert told.headline == "This renewal meets the criteria."
    assert [group.id for group in told.groups] == ["universal_criteria", "renewal_criteria"]
