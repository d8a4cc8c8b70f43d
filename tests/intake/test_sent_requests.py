"""After submission: where a request stands, answering the plan, withdrawing, letters, and renewing."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from criteria.dates import renewal_date
from pa_portal.determinations import actions as determinations
from pa_portal.determinations import queries as decided
from pa_portal.submissions import queries
from tests.intake.wizard import CASES, Wizard, timing


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
    found = queries.request_for(reviewer, sent.id)
    assert found.state == "withdrawn"
    # the plan's clock stops with it
    assert decided.task_of(found).clock_events.last().reason == "Withdrawn"


RENEWAL = {
    "cremophor_hypersensitivity": "false",
    "regimen": "single_agent",
    "disease_response": "stabilization",
    "unacceptable_toxicity": "false",
}


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
    seen = renewal.answer(RENEWAL)
    assert renewal.asked == list(RENEWAL)
    assert seen.path == renewal.url("check/")
    assert "This renewal meets the criteria." in seen.text


def test_nobody_renews_what_is_not_theirs(sent: Wizard, reviewer: Any, stranger: Any, client: Any) -> None:
    approve(sent, reviewer)
    authorization = decided.authorization_for(reviewer, sent.id)
    client.force_login(stranger)
    assert client.post(f"/requests/renew/{authorization.id}/").status_code == 404


def test_a_submitted_request_is_corrected_as_a_new_version(sent: Wizard, reviewer: Any, staff: Any) -> None:
    response = sent.client.post(sent.url("correct/"))
    draft = Wizard(sent.client, response["Location"].split("/")[2])
    assert "Nothing differs from what was sent yet" in draft.get("check/").text
    assert "A correction of this request is being prepared." in sent.get().text
    assert sent.client.post(sent.url("correct/"))["Location"] == response["Location"], "one correction at a time"
    draft.post("details/treatment/", {"weight_kg": "72"})
    draft.post("questions/line-of-therapy/", {"line_of_therapy": "4"})
    check = draft.get("check/")
    text = " ".join(check.text.split())
    assert "Correction of" in text
    assert "<dt>Weight</dt> <dd> 68.0 kg → <strong>72.0 kg</strong>" in text
    assert "<dt>Line of therapy</dt> <dd> 2 → <strong>4</strong>" in text
    form = check.values
    sent_on = {sent.client.post(draft.url("check/"), form)["Location"] for _ in range(3)}
    assert sent_on == {sent.url("submitted/")}
    seen = " ".join(sent.get().text.split())
    assert "Corrected" in seen
    assert "Line of therapy: 2 → 4" in seen
    assert queries.submissions_of(queries.request_for(reviewer, sent.id)).count() == 2
    assert draft.get().status == 404


def test_a_correction_that_changes_nothing_is_not_sent(sent: Wizard, reviewer: Any) -> None:
    draft = Wizard(sent.client, sent.client.post(sent.url("correct/"))["Location"].split("/")[2])
    seen = draft.read(draft.post("check/", {}))
    assert seen.status == 409
    assert "Nothing differs from what was sent" in seen.text
    assert queries.submissions_of(queries.request_for(reviewer, sent.id)).count() == 1


def test_what_was_decided_is_not_corrected(sent: Wizard, reviewer: Any) -> None:
    draft = Wizard(sent.client, sent.client.post(sent.url("correct/"))["Location"].split("/")[2])
    draft.post("details/treatment/", {"weight_kg": "72"})
    approve(sent, reviewer)
    assert draft.read(draft.post("check/", {})).status == 409
    assert "Correct this request" not in sent.get().text
    assert sent.client.post(sent.url("correct/"))["Location"] == sent.url()


def test_a_request_is_copied_into_a_new_one(sent: Wizard, prescriber: Any) -> None:
    response = sent.client.post(sent.url("copy/"))
    draft = queries.request_for(prescriber, response["Location"].split("/")[2])
    assert draft.state == "draft"
    assert draft.patient.full_name == "Maria Okafor"
    assert draft.answers["er_percent"] == 0
    assert draft.requested_start_date is None
    copied = Wizard(sent.client, str(draft.id))
    assert "This is a copy, dated today" in copied.get().text
    assert copied.next().path == copied.url("details/timing/")


def test_a_pended_request_is_corrected_before_it_is_answered(pended: Wizard, reviewer: Any) -> None:
    check = pended.get("check/")
    assert "Go on to the response" in check.text
    assert pended.post("questions/estrogen-receptor/", {"er_percent": "0.5"})["Location"] == pended.url("check/")
    assert pended.post("details/treatment/", {"weight_kg": "70"})["Location"] == pended.url("check/")
    pended.post("questions/line-of-therapy/", {"line_of_therapy": "1", "confirmed": "1"})
    seen = pended.get()
    assert "something is still to be answered" in seen.text
    form = {**seen.values, "response": "See the corrected ER result."}
    refused = pended.read(pended.client.post(pended.url("respond/"), form))
    assert refused.status == 422
    assert "Before the response can be sent: Germline BRCA1/2" in refused.text
    assert refused.values["response"] == ["See the corrected ER result."]
    pended.post("questions/line-of-therapy/", {"line_of_therapy": "3", "confirmed": "1"})
    form = {**pended.get().values, "response": "See the corrected ER result."}
    assert pended.client.post(pended.url("respond/"), form).status_code == 303
    sent = queries.submission_of(queries.request_for(reviewer, pended.id))
    assert sent.content["answers"]["er_percent"] == 0.5
    assert sent.content["answers"]["line_of_therapy"] == 3
    assert "ER staining: 0% → 0.5%" in " ".join(pended.get().text.split())


def test_the_dashboard_says_what_is_asked_for_and_when_decisions_are_due(pended: Wizard) -> None:
    dashboard = " ".join(pended.get("/requests/").text.split())
    assert "Asked for, by" in dashboard
    assert "The pathology report with ER and PR staining." in dashboard
    other = Wizard.start(pended.client).fill_details()
    other.answer(CASES["hr_positive_third_line_plus"])
    other.post("check/", {})
    assert "decides by" in other.get("submitted/").text
    assert "The plan owes a decision by" in other.get().text
    assert "Decision due" in other.get("/requests/").text


def test_drafts_say_when_they_were_saved_and_until_when_they_are_kept(clinical: Wizard, prescriber: Any) -> None:
    draft = queries.request_for(prescriber, clinical.id)
    kept = f"Kept until {draft.expires_at:%b} {draft.expires_at.day}, {draft.expires_at.year}"
    assert kept in clinical.get("/requests/").text
    assert kept in clinical.get().text


@pytest.mark.parametrize(("ahead", "due"), [(44, True), (46, False)])
def test_renewal_is_offered_45_days_ahead(sent: Wizard, reviewer: Any, ahead: int, due: bool) -> None:
    ends = timezone.localdate() + datetime.timedelta(days=ahead)
    start = next(
        day
        for day in (renewal_date(ends, -6) + datetime.timedelta(days=shift) for shift in (0, 1, 2, 3))
        if renewal_date(day) >= ends
    )
    approve(sent, reviewer, start)
    assert ("Start renewal" in sent.get("/requests/").text) is due


def test_a_renewal_on_its_way_is_not_started_again(sent: Wizard, reviewer: Any, prescriber: Any) -> None:
    approve(sent, reviewer, renewal_date(timezone.localdate(), -5))
    authorization = decided.authorization_for(prescriber, sent.id)
    started = sent.client.post(f"/requests/renew/{authorization.id}/")
    renewal = Wizard(sent.client, started["Location"].split("/")[2])
    dashboard = sent.get("/requests/")
    assert "Start renewal" not in dashboard.text
    assert (f"Continue renewal of {authorization.number}", renewal.url()) in dashboard.page.links
    renewal.post("details/timing/", timing())
    renewal.answer(RENEWAL)
    assert renewal.post("check/", {}).status_code == 303
    dashboard = sent.get("/requests/")
    assert (f"View renewal of {authorization.number}", renewal.url()) in dashboard.page.links
    approve(renewal, reviewer, authorization.valid_through + datetime.timedelta(days=1))
    assert authorization.number not in sent.get("/requests/").text


@pytest.fixture
def denied(clinical: Wizard, director: Any) -> Wizard:
    clinical.answer({**CASES["tnbc_subsequent"], "regimen": "other"})
    clinical.post("outcome/", {"clinical_rationale": "Responded in a trial."})
    clinical.post("check/", {})
    found = queries.request_for(director, clinical.id)
    determinations.deny(
        by=director, request_id=found.id, version=found.version, reasons=["single_agent"], rationale="Not covered."
    )
    return clinical


def test_a_denial_is_appealed(denied: Wizard, prescriber: Any) -> None:
    assert "File an appeal" in denied.get().text
    page = denied.get("appeal/")
    assert "When Harbor Health Plan owes a decision" in page.text
    assert "30 days" in page.text
    empty = denied.read(denied.post("appeal/", {"urgency": "expedited"}))
    assert empty.status == 422
    assert [target for _, target in empty.errors] == ["id_grounds", "id_urgency_reason"]
    filed = denied.post("appeal/", {"grounds": "The regimen was typed wrong.", "urgency": "standard"})
    assert filed.status_code == 303
    seen = denied.get()
    assert "The regimen was typed wrong." in seen.text
    assert "The appeal is filed." in seen.text
    again = denied.read(denied.client.post(page.path, {**page.values, "grounds": "Once more.", "urgency": "standard"}))
    assert again.status == 409
    assert again.values["grounds"] == ["Once more."]
    appeal = decided.open_appeal(queries.request_for(prescriber, denied.id))
    assert denied.client.post(denied.url(f"appeal/{appeal.id}/withdraw/")).status_code == 303
    assert "Appeal: withdrawn" in denied.get().text
    assert "File an appeal" in denied.get().text


def test_what_cannot_be_appealed_has_no_page_for_it(sent: Wizard) -> None:
    assert sent.get("appeal/").path == sent.url()
    seen = sent.read(sent.client.post(sent.url("appeal/"), {"grounds": "No.", "urgency": "standard", "version": "7"}))
    assert seen.status == 409
    assert seen.values["grounds"] == ["No."]


def test_a_peer_to_peer_call_is_asked_for(sent: Wizard) -> None:
    page = sent.get("peer-to-peer/")
    assert page.values["phone"] == ["804-555-0134"]
    wrong = sent.read(sent.post("peer-to-peer/", {"phone": "none"}))
    assert [target for _, target in wrong.errors] == ["id_phone"]
    assert sent.post("peer-to-peer/", {"availability": "Mornings, Eastern"}).status_code == 303
    assert "Peer-to-peer call asked for" in sent.get().text
    assert "Ask for a peer-to-peer call" not in sent.get().text
    again = sent.read(sent.client.post(page.path, {**page.values, "availability": "Never"}))
    assert again.status == 409
    assert again.values["availability"] == ["Never"]


def test_nobody_acts_on_what_is_not_theirs(denied: Wizard, stranger: Any, reviewer: Any, client: Any) -> None:
    for user in (stranger, reviewer):
        client.force_login(user)
        for rest in ("correct/", "copy/", "appeal/", "peer-to-peer/", "ready/"):
            assert client.post(denied.url(rest), {"version": "1"}).status_code == 404, rest


def write(sent: Wizard, body: str, **fields: str) -> Any:
    return sent.client.post(sent.url("message/"), {**sent.get().values, "body": body, **fields})


def test_the_plan_and_the_practice_write_to_each_other(sent: Wizard, reviewer: Any, colleague: Any) -> None:
    assert "Nobody has written yet" in sent.get().text
    determinations.send_message(by=reviewer, request_id=sent.id, body="Which cycle is this?\n<b>Thanks</b>")
    dashboard = sent.get("/requests/")
    assert "New messages" in dashboard.text
    assert f"{sent.url()}#messages" in {href for _, href in dashboard.page.links}
    seen = sent.get()
    assert "Rae Ito, Harbor Health Plan" in seen.text
    assert "Which cycle is this?<br>&lt;b&gt;Thanks&lt;/b&gt;" in seen.text
    assert ">New</span>" in seen.text
    assert ">New</span>" not in sent.get().text
    assert "New message" not in sent.get("/requests/").text
    form = sent.get().values
    for _ in range(2):
        answer = sent.client.post(sent.url("message/"), {**form, "body": "The third."})
        assert (answer.status_code, answer["Location"]) == (303, f"{sent.url()}#messages")
    assert [said.body for said in decided.messages_of(queries.request_for(reviewer, sent.id))][1:] == ["The third."]
    assert decided.unread(reviewer).count() == 1
    assert "Ana Silva, MD, James River Oncology" in sent.get().text


def test_a_message_is_not_sent_past_one_that_came_meanwhile(sent: Wizard, reviewer: Any) -> None:
    form = sent.get().values
    determinations.send_message(by=reviewer, request_id=sent.id, body="Is this the third cycle?")
    seen = sent.read(sent.client.post(sent.url("message/"), {**form, "body": "Any news?"}))
    assert seen.status == 409
    assert "Rae Ito wrote meanwhile." in seen.text
    assert "Is this the third cycle?" in seen.text
    assert seen.values["body"] == ["Any news?"]
    assert sent.client.post(sent.url("message/"), seen.values).status_code == 303


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"body": "  "}, "Write a message before sending it."),
        ({"body": "a" * 4001}, "4000 characters"),
        ({"body": "a\x00b"}, "cannot be stored"),
        ({"id": "<script>"}, "send the message again"),
        ({"seen": "-1"}, "send the message again"),
    ],
)
def test_a_message_that_cannot_be_sent_is_kept(sent: Wizard, changed: dict[str, str], told: str) -> None:
    seen = sent.read(write(sent, **{"body": "Any news?", **changed}))
    assert seen.status == 422
    assert told in seen.text
    assert seen.page.title.startswith("Error: ")
    if "body" not in changed:
        assert seen.values["body"] == ["Any news?"]
        assert sent.client.post(sent.url("message/"), seen.values).status_code == 303


def test_what_is_withdrawn_is_not_written_about(sent: Wizard) -> None:
    form = sent.get().values
    sent.post("withdraw/", {})
    seen = sent.read(sent.client.post(sent.url("message/"), {**form, "body": "Any news?"}))
    assert seen.status == 409
    assert "Any news?" in seen.text
    assert not {control["name"] for control in seen.page.controls} & {"body", "seen"}


def test_a_void_authorization_is_not_taken_for_an_approval(sent: Wizard, reviewer: Any, director: Any) -> None:
    approve(sent, reviewer)
    found = queries.request_for(reviewer, sent.id)
    assert "give no dose under it" not in sent.get().text
    authorization = decided.authorizations_of(found).get()
    determinations.void(by=director, authorization_id=authorization.pk, reason="The member's coverage had ended.")
    told = sent.get().text
    day = timezone.localdate()
    assert f"Void since {day:%B} {day.day}, {day.year}: give no dose under it." in told
    assert "Authorization void" in told.partition("Authorization AU-")[0], "beside the state, at the head"
    assert "Renewal date" not in told
