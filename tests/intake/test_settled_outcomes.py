"""When the outcome is settled the questions stop, and the page says what stands in the way and what would change it."""

from __future__ import annotations

from typing import Any

import pytest

from criteria import catalog
from pa_portal.submissions import queries
from tests.intake.wizard import CASES, Wizard

POLICY = catalog.latest("IC-0072")
SECOND_LINE = CASES["hr_positive_second_line"]


def test_a_universal_criterion_that_fails_stops_the_questions_at_once(clinical: Wizard) -> None:
    seen = clinical.answer({"cremophor_hypersensitivity": "true"})
    assert clinical.asked == ["cremophor_hypersensitivity"]
    assert seen.path == clinical.url("outcome/")
    criterion = POLICY.criterion("no_cremophor_hypersensitivity")
    assert "This request does not meet the criteria as answered." in seen.text
    assert criterion.label in seen.text
    assert criterion.explain_unmet in seen.text
    assert criterion.would_change in seen.text
    assert "Section III" in seen.text
    assert "This is not a denial." in seen.text


def test_the_page_links_to_the_answer_that_stands_in_the_way(clinical: Wizard) -> None:
    seen = clinical.answer({"cremophor_hypersensitivity": "true"})
    assert ("Change Cremophor hypersensitivity", clinical.url("questions/hypersensitivity/")) in seen.page.links


def test_when_one_pathway_closes_the_questions_go_on_with_another(clinical: Wizard) -> None:
    """A metastatic, hormone-receptor positive patient who could have T-DXd, and whom capecitabine failed."""
    seen = clinical.answer(
        {**SECOND_LINE, "disease_settings": ["metastatic"], "tdxd_candidate": "true"},
        stop_before="anthracycline_outcome",
    )
    assert seen.path == clinical.url("questions/anthracycline/")
    closed, left = (
        POLICY.pathway(name).label for name in ("hr_positive_second_line", "single_agent_after_capecitabine")
    )
    text = " ".join(seen.text.split())
    assert f"closed this pathway: {closed}. The questions go on with what can still be met: {left}." in text
    panel = text.split("One of these pathways")[1]
    assert panel.index(left) < panel.index("Closed by an answer") < panel.index(closed)
    seen = clinical.answer(CASES["single_agent_after_capecitabine"])
    assert POLICY.pathway("single_agent_after_capecitabine").label in seen.text
    assert "This request meets the criteria for" in seen.text


def test_nothing_is_called_not_met_that_was_not_asked(clinical: Wizard) -> None:
    seen = clinical.next()
    assert "Criteria so far" in seen.text
    assert "Still open" in seen.text
    assert "Not met" not in seen.text
    assert "Closed" not in seen.text


def test_the_panel_says_what_is_met_what_is_open_and_what_closed_it(clinical: Wizard) -> None:
    seen = clinical.answer(CASES["tnbc_subsequent"], stop_before="er_percent")
    text = " ".join(seen.text.split())
    assert "Met:</span> No history of severe hypersensitivity" in text
    assert "Still open:</span> Triple-negative disease, second line or later" in text
    assert "Closed:</span> Triple-negative disease, first line" in text
    assert "This is not first-line therapy." in text


def test_what_is_not_known_is_never_counted_as_not_met(clinical: Wizard) -> None:
    unknown = {**CASES["tnbc_first_line"], "germline_brca": "not_tested", "pd_l1_cps": "unknown"}
    seen = clinical.answer(unknown)
    assert seen.path == clinical.url("outcome/")
    assert "do not settle the criteria" in seen.text
    assert "Not established:" in seen.text
    assert "Not met:" not in seen.text
    assert "never counted as a no" in seen.text


def test_what_was_not_asked_is_not_held_against_the_request(clinical: Wizard) -> None:
    unknown = {
        **CASES["tnbc_first_line"],
        "er_percent": "unknown",
        "pr_percent": "unknown",
        "visceral_crisis": "unknown",
    }
    seen = clinical.answer(unknown)
    assert "pd_l1_cps" not in clinical.asked
    assert POLICY.criterion("er_and_pr_negative").label in seen.text
    assert POLICY.criterion("pd_l1_cps_below_10").label not in seen.text


def test_a_rationale_is_needed_and_then_the_request_can_be_submitted(clinical: Wizard, prescriber: Any) -> None:
    seen = clinical.answer({"cremophor_hypersensitivity": "true"})
    assert clinical.get("check/").path == clinical.url("outcome/")
    response = clinical.post(seen.path, {"clinical_rationale": "  "})
    assert response.status_code == 422
    assert clinical.read(response).errors == [
        ("Write a rationale, or change an answer above.", "id_clinical_rationale")
    ]
    response = clinical.post(seen.path, {"clinical_rationale": "Tolerated with premedication.\nSee note."})
    assert response.status_code == 303
    check = clinical.get(response["Location"])
    assert "Sign and submit for clinical review" in check.text
    assert clinical.post("check/", {}).status_code == 303
    draft = queries.request_for(prescriber, clinical.id)
    assert draft.state == "submitted"
    assert draft.clinical_rationale == "Tolerated with premedication.\nSee note."


def test_a_flag_for_the_reviewer_is_told_to_the_provider_too(clinical: Wizard) -> None:
    seen = clinical.answer(SECOND_LINE)
    assert POLICY.flags["er_low_positive"].label in seen.text


def test_what_something_named_would_change_comes_first(clinical: Wizard) -> None:
    answers = {**SECOND_LINE, "disease_settings": ["metastatic"], "tdxd_candidate": "true"}
    failed = {"anthracycline_outcome": "progressed_on_therapy", "taxane_outcome": "progressed_on_therapy"}
    seen = clinical.answer({**answers, **failed, "capecitabine_failed": "false"})
    assert "One pathway is enough." in seen.text
    near, far = seen.text.split("Why the other pathways are not open")
    assert "Treatment records that show failure on capecitabine." in near
    assert "Change Line of therapy" not in near
    assert "Change Line of therapy" in far


@pytest.mark.parametrize(
    ("answers", "obstacle"),
    [
        ({"regimen": "other"}, "single_agent"),
        ({"disease_settings": ["none"]}, "advanced_disease"),
        ({"regimen": "with_trastuzumab", "line_of_therapy": "3"}, "her2_positive_with_trastuzumab"),
    ],
)
def test_every_obstacle_is_named(clinical: Wizard, answers: dict[str, Any], obstacle: str) -> None:
    seen = clinical.answer({**CASES["her2_positive_with_trastuzumab"], **answers})
    assert seen.path == clinical.url("outcome/")
    assert POLICY.criterion(obstacle).label in seen.text
