"""After submission: where a request stands, answering the plan, withdrawing, letters, and renewing."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from pa_portal.determinations import actions as determinations
from pa_portal.determinations import queries as decided
from pa_portal.submissions import queries
from tests.intake.wizard import CASES, Wizard


@pytest.fixture
def sent(clinical: Wizard) -> Wizard:
    clinical.answer(CASES["tnbc_subsequent"])
    assert clinical.post("check/", {}).status_code == 303
    return clinical


@pytest.fixture
def pended(sent: Wizard, reviewer: Any) -> Wizard:
    found = queries.request_for(reviewer, sent.id)
    determinations.pend(
        by=reviewer,
        request_id=found.id,
        version=found.version,
        information_needed="The pathology report with ER and PR staining.",
        respond_by=timezone.localdate() + datetime.timedelta(days=14),
    )
    return sent


def approve(wizard: Wizard, reviewer: Any, start: datetime.date | None = None) -> Any:
    found = queries.request_for(reviewer, wizard.id)
    day = start or found.requested_start_date
    return determinations.approve(by=reviewer, request_id=found.id, version=found.version, start=day)


def test_a_sent_request_shows_what_was_sent_in_the_order_it_was_asked(sent: Wizard) -> None:
    seen = sent.get()
    assert seen.status == 200
    assert "Maria Okafor" in seen.text
    assert "70.6 mg" in seen.text
    assert seen.text.index("Extent of disease") < seen.text.index("Planned regimen") < seen.text.index("ER staining")


def test_a_request_for_information_is_at_the_top_of_the_dashboard(pended: Wizard) -> None:
    dashboard = pended.get("/requests/")
    assert "Waiting for you" in dashboard.text
    assert dashboard.text.index("Waiting for you") < dashboard.text.index("Drafts")
    seen = pended.get()
    assert "The pathology report with ER and PR staining." in seen.text
    assert "Respond by" in seen.text


def test_the_response_goes_back_to_the_plan(pended: Wizard, reviewer: Any) -> None:
    form = pended.get().values
    empty = pended.client.post(pended.url("respond/"), {**form, "response": " "})
    assert empty.status_code == 422
    assert pended.read(empty).page.title.startswith("Error: ")
    answer = pended.client.post(pended.url("respond/"), {**form, "response": "ER 0%, PR 0%."})
    assert answer.status_code == 303
    assert queries.request_for(reviewer, pended.id).state == "submitted"
    assert "Information sent" in pended.get().text
    again = pended.client.post(pended.url("respond/"), {**form, "response": "ER 0%, PR 0%."})
    assert again.status_code == 303
    assert queries.submissions_of(queries.request_for(reviewer, pended.id)).count() == 2


def test_a_response_written_while_the_plan_decided_is_not_lost(pended: Wizard, reviewer: Any) -> None:
    form = pended.get().values
    approve(pended, reviewer)
    seen = pended.read(pended.client.post(pended.url("respond/"), {**form, "response": "ER 0%, PR 0%."}))
    assert seen.status == 409
    assert "ER 0%, PR 0%." in seen.text


def test_an_approval_shows_its_dates_and_letters(sent: Wizard, reviewer: Any) -> None:
    approve(sent, reviewer)
    seen = sent.get()
    authorization = decided.authorization_for(reviewer, sent.id)
    assert authorization.number in seen.text
    for label in ("Starts", "Valid through", "Renewal date", "75 units every 21 days"):
        assert label in seen.text
    letters = [href for _, href in seen.page.links if href.startswith("/letters/")]
    assert len(letters) == 2
    for href in letters:
        assert sent.client.get(href).status_code == 200


def test_withdrawing_asks_first(sent: Wizard, reviewer: Any) -> None:
    assert "will not be decided" in sent.get("withdraw/").text
    assert sent.post("withdraw/", {}).status_code == 303
    assert "Withdrawn" in sent.get().text
    assert queries.request_for(reviewer, sent.id).state == "withdrawn"


def test_a_renewal_starts_prefilled_and_asks_section_iv_only(sent: Wizard, reviewer: Any, prescriber: Any) -> None:
    approve(sent, reviewer)
    authorization = decided.authorization_for(prescriber, sent.id)
    response = sent.client.post(f"/requests/renew/{authorization.id}/")
    assert response.status_code == 303
    renewal = Wizard(sent.client, response["Location"].split("/")[2])
    draft = queries.request_for(prescriber, renewal.id)
    assert draft.request_type == "renewal"
    assert draft.patient.full_name == "Maria Okafor"
    renewal.post(
        "details/timing/", {"requested_start_date": f"{authorization.renewal_date:%m/%d/%Y}", "urgency": "standard"}
    )
    seen = renewal.answer(
        {
            "cremophor_hypersensitivity": "false",
            "regimen": "single_agent",
            "disease_response": "stabilization",
            "unacceptable_toxicity": "false",
        }
    )
    assert renewal.asked == ["cremophor_hypersensitivity", "regimen", "disease_response", "unacceptable_toxicity"]
    assert seen.path == renewal.url("check/")
    assert "This renewal meets the criteria." in seen.text


def test_nobody_renews_what_is_not_theirs(sent: Wizard, reviewer: Any, stranger: Any, client: Any) -> None:
    approve(sent, reviewer)
    authorization = decided.authorization_for(reviewer, sent.id)
    client.force_login(stranger)
    assert client.post(f"/requests/renew/{authorization.id}/").status_code == 404
