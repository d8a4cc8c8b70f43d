"""Only answers on the path count. A change says which answers it sets aside, asks first, and brings them back."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pa_portal.submissions import queries
from tests.intake.wizard import CASES, Wizard


@pytest.fixture
def answered(clinical: Wizard) -> Wizard:
    """A draft ready to be checked: triple-negative, second line."""
    clinical.answer(CASES["tnbc_subsequent"])
    return clinical


def draft_of(wizard: Wizard, user: Any) -> Any:
    return queries.request_for(user, wizard.id)


def test_a_change_that_sets_answers_aside_is_asked_about_first(answered: Wizard, prescriber: Any) -> None:
    before = draft_of(answered, prescriber)
    response = answered.post("questions/regimen/", {"regimen": "with_capecitabine"})
    seen = answered.read(response)
    assert seen.status == 422
    assert not seen.page.title.startswith("Error")
    for label, answer in (("Line of therapy", "2"), ("HER2 IHC score", "0"), ("ER staining", "0%")):
        assert re.search(rf"<dt>\s*{label}\s*</dt>\s*<dd>\s*{answer}\s*</dd>", seen.text), label
    after = draft_of(answered, prescriber)
    assert after.answers == before.answers
    assert after.version == before.version


def test_confirming_it_saves_the_change_and_keeps_what_was_set_aside(answered: Wizard, prescriber: Any) -> None:
    asked = answered.read(answered.post("questions/regimen/", {"regimen": "with_capecitabine"}))
    response = answered.client.post(answered.url("questions/regimen/"), {**asked.values, "confirmed": "1"})
    assert response.status_code == 303
    draft = draft_of(answered, prescriber)
    assert draft.answers["regimen"] == "with_capecitabine"
    assert draft.answers["er_percent"] == 0
    walked = queries.walk_for(draft)
    assert "er_percent" in walked.set_aside
    assert "er_percent" not in walked.facts


def test_answers_come_back_with_their_branch(answered: Wizard) -> None:
    answered.post("questions/regimen/", {"regimen": "with_capecitabine", "confirmed": "1"})
    answered.post("questions/regimen/", {"regimen": "single_agent", "confirmed": "1"})
    seen = answered.next()
    assert seen.path == answered.url("check/")
    assert "ER staining" in seen.text


def test_what_was_set_aside_is_neither_sent_nor_shown_among_the_answers(answered: Wizard, prescriber: Any) -> None:
    answered.post("questions/regimen/", {"regimen": "with_capecitabine", "confirmed": "1"})
    seen = answered.answer(CASES["with_capecitabine_after_anthracycline_and_taxane"])
    assert seen.path == answered.url("check/")
    assert "Answers that do not count now" in seen.text
    assert answered.post("check/", {}).status_code == 303
    content = queries.submission_of(draft_of(answered, prescriber)).content
    assert content["answers"]["regimen"] == "with_capecitabine"
    assert not {"er_percent", "her2_ihc", "line_of_therapy"} & content["answers"].keys()
    assert "er_percent" not in content["facts"]


def test_a_date_of_birth_that_settles_the_outcome_is_asked_about_too(answered: Wizard, prescriber: Any) -> None:
    response = answered.post("details/patient/", {"date_of_birth": "01/01/2015"})
    seen = answered.read(response)
    assert seen.status == 422
    assert "Planned regimen" in seen.text
    assert draft_of(answered, prescriber).patient.date_of_birth.year == 1961


def test_a_change_that_sets_nothing_aside_is_saved_at_once(answered: Wizard) -> None:
    response = answered.post("questions/line-of-therapy/", {"line_of_therapy": "4"})
    assert response.status_code == 303
    assert response["Location"] == answered.url("check/")


def test_answers_that_wait_for_a_new_question_are_set_aside_only_once_it_settles_them(answered: Wizard) -> None:
    response = answered.post("questions/her2-ihc/", {"her2_ihc": "2+"})
    assert response["Location"] == answered.url("questions/her2-ish/")
    response = answered.post(response["Location"], {"her2_ish": "done"})
    positive = {"her2_ish_ratio": "4", "her2_ish_copy_number": "8"}
    asked = answered.read(answered.post(response["Location"], positive))
    assert asked.status == 422
    assert "ER staining" in asked.text
    negative = {"her2_ish_ratio": "1.2", "her2_ish_copy_number": "3"}
    assert answered.post(response["Location"], negative)["Location"] == answered.url("check/")


def test_every_answer_has_a_change_link_that_leads_back_to_the_check(answered: Wizard) -> None:
    check = answered.get("check/")
    changes = {href for text, href in check.page.links if text.startswith("Change")}
    assert answered.url("questions/regimen/") in changes
    assert len(changes) == 5 + 8
    for href in changes:
        response = answered.post(href, {})
        assert response.status_code == 303
        assert response["Location"] == answered.url("check/")


def test_change_asks_what_is_newly_needed_and_then_returns_to_the_check(answered: Wizard) -> None:
    response = answered.post("questions/line-of-therapy/", {"line_of_therapy": "1"})
    assert response["Location"] == answered.url("questions/germline-brca/")
    response = answered.post(response["Location"], {"germline_brca": "no_mutation"})
    assert response["Location"] == answered.url("questions/pd-l1/")
    response = answered.post(response["Location"], {"pd_l1_cps": "2"})
    assert response["Location"] == answered.url("check/")


def test_the_back_link_of_a_changed_page_leads_to_the_check(answered: Wizard) -> None:
    seen = answered.get("questions/line-of-therapy/")
    assert ("Back to your answers", answered.url("check/")) in seen.page.links
