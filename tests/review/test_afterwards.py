"""After a decision: appeals, calls, void authorizations; each seen first, by whom it may be, once."""

from __future__ import annotations

import datetime
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from pa_portal.determinations import actions, queries
from pa_portal.determinations.models import AppealOutcome, Authorization, Determination, Letter, PeerToPeerEvent
from pa_portal.submissions.models import Request
from tests.determinations import making
from tests.determinations.conftest import build_wider_world
from tests.records.making import day, submitted
from tests.review.desk import QUEUE, Desk, act_path, case_path, words

APPEALS = "/admin/determinations/appeal/"
WHY = "Read together with the new report."
TOLD = "The new report says the same."


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return build_wider_world()


@pytest.fixture
def second(client: Any, world: SimpleNamespace) -> Desk:
    """The desk of a medical director who had no part in the denials made here."""
    client.force_login(world.second_director)
    return Desk(client)


def made(world: SimpleNamespace, make: Any) -> Request:
    request = submitted(world)
    make(world, request)
    request.refresh_from_db()
    return request


def typed_date(value: datetime.date) -> str:
    return f"{value:%m/%d/%Y}"


START = {"start": typed_date(day(7)), "rationale": WHY}
CALL_TIME = {"call_date": typed_date(day(2)), "call_time": "2:30 PM"}


# Appeals


def test_open_appeals_are_listed_and_their_case_says_why(second: Desk, world: SimpleNamespace) -> None:
    request, closed = made(world, making.appeal), made(world, making.keep)
    (row,) = second.get(APPEALS).rows
    assert request.reference in row
    assert "days left" in row
    assert closed.reference not in row
    seen = second.case(request)
    assert making.GROUNDS in seen.text
    assert act_path(request, "uphold") in seen.html
    assert act_path(request, "overturn") in seen.html


def test_the_next_appeal_is_taken_by_who_had_no_part_in_it(
    client: Any, second: Desk, director: Desk, world: SimpleNamespace
) -> None:
    request, take = made(world, making.appeal), f"{APPEALS}take-next/"
    client.force_login(world.director)
    assert client.post(take)["Location"] == APPEALS
    client.force_login(world.second_director)
    assert client.get(take).status_code == 405
    assert client.post(take)["Location"] == case_path(request)
    assert queries.open_appeal(request).task.assignee == world.second_director
    assert request.reference in second.get(APPEALS, whose="mine").rows[0]
    assert second.get(APPEALS, whose="unassigned").rows == []


def test_an_appeal_is_taken_from_its_list(second: Desk, world: SimpleNamespace) -> None:
    request = made(world, making.appeal)
    second.client.force_login(world.second_director)
    assert "Assign to me" in second.get(APPEALS).rows[0]
    taken = second.client.post(f"{QUEUE}{request.pk}/assign/", {"back": "appeals"})
    assert taken["Location"] == APPEALS
    assert "Ned Testcase" in second.get(APPEALS).rows[0]


ANSWERS = (
    ("uphold", {"explanation": TOLD, "rationale": WHY}, "upheld", "appeal_upheld", "denied"),
    ("overturn", {"explanation": TOLD, **START}, "overturned", "appeal_overturned", "approved"),
)


@pytest.mark.parametrize(("act", "typed", "kind", "letter", "state"), ANSWERS)
def test_an_appeal_is_answered_after_its_letter_was_seen(
    second: Desk, world: SimpleNamespace, act: str, typed: dict[str, str], kind: str, letter: str, state: str
) -> None:
    request = made(world, making.appeal)
    preview = second.check(request, act, **typed)
    assert TOLD in preview.html.partition("letter-preview")[2]
    assert not AppealOutcome.objects.exists()
    assert not Letter.objects.filter(kind=letter).exists()
    assert second.client.post(act_path(request, act), {**preview.hidden, "step": "decide"}).status_code == 303
    assert AppealOutcome.objects.get().kind == kind
    assert f"/letters/{Letter.objects.get(kind=letter).pk}/" in second.case(request).html
    assert second.get(APPEALS).rows == []
    request.refresh_from_db()
    assert request.state == state
    second.client.post(act_path(request, act), {**preview.hidden, "step": "decide"})
    assert AppealOutcome.objects.count() == 1


@pytest.mark.parametrize(
    ("act", "typed", "at"),
    [
        ("uphold", {"explanation": "", "rationale": WHY}, "id_explanation"),
        ("uphold", {"explanation": TOLD, "rationale": " "}, "id_rationale"),
        ("uphold", {"explanation": "a\x00b", "rationale": WHY}, "id_explanation"),
        ("overturn", {**START, "rationale": ""}, "id_rationale"),
        ("overturn", {**START, "start": "soon"}, "id_start"),
    ],
)
def test_an_answer_needs_its_words(second: Desk, world: SimpleNamespace, act: str, typed: Any, at: str) -> None:
    request = made(world, making.appeal)
    seen = second.check(request, act, **typed)
    assert (seen.status, [target for _, target in seen.errors]) == (422, [at])


@pytest.mark.parametrize("act", ["uphold", "overturn"])
def test_nobody_answers_an_appeal_against_their_own_decision(director: Desk, world: SimpleNamespace, act: str) -> None:
    request = made(world, making.appeal)
    seen = director.case(request)
    assert act_path(request, act) not in seen.html
    assert "somebody else must review it" in seen.text
    typed = {"explanation": TOLD, **START}
    told = director.read(director.send(request, act, "decide", **typed))
    assert (told.status, WHY in told.text) == (409, True)
    assert not AppealOutcome.objects.exists()


def test_a_reviewer_does_not_keep_a_denial(desk: Desk, world: SimpleNamespace) -> None:
    request = made(world, making.appeal)
    assert desk.send(request, "uphold", "decide", explanation=TOLD, rationale=WHY).status_code == 409
    assert not AppealOutcome.objects.exists()


# Calls


def test_a_call_from_asking_to_its_outcome(director: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    assert director.decide(request, "call", phone="", availability="Mornings").status_code == 303
    assert "Mornings" in director.case(request).text
    events = director.open(request, "schedule").hidden["events"]
    typed = {**CALL_TIME, "clinician": str(world.director.pk), "events": events}
    preview = director.check(request, "schedule", **typed)
    assert "2:30 PM" in preview.html.partition("letter-preview")[2]
    assert not PeerToPeerEvent.objects.exists()
    for status in (303, 409):
        response = director.client.post(act_path(request, "schedule"), {**preview.hidden, "step": "decide"})
        assert response.status_code == status
        event = PeerToPeerEvent.objects.get()
    assert timezone.localtime(event.call_at).strftime("%m/%d/%Y %H:%M") == f"{CALL_TIME['call_date']} 14:30"
    assert f"/letters/{Letter.objects.get().pk}/" in director.case(request).html
    assert director.decide(request, "close", kind="held", notes="The report came.").status_code == 303
    seen = director.case(request)
    assert "The report came." in seen.text
    assert act_path(request, "close") not in seen.html
    request.refresh_from_db()
    assert request.state == "submitted"


@pytest.mark.parametrize(
    ("act", "typed", "at"),
    [
        ("schedule", {"call_date": typed_date(day(-1))}, "id_call_date"),
        ("schedule", {"call_date": typed_date(day(90))}, "id_call_date"),
        ("schedule", {"call_date": "01/01/0001"}, "id_call_date"),
        ("schedule", {"call_date": "12/31/9999"}, "id_call_date"),
        ("schedule", {"call_time": "25:00"}, "id_call_time"),
        ("schedule", {"clinician": ""}, "id_clinician"),
        ("schedule", {"clinician": "x"}, "id_clinician"),
        ("close", {"kind": ""}, "id_kind"),
        ("close", {"kind": "scheduled"}, "id_kind"),
        ("close", {"kind": "held", "notes": ""}, "id_notes"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    director: Desk, world: SimpleNamespace, act: str, typed: dict[str, str], at: str
) -> None:
    request = made(world, making.ask_for_call)
    full = {**CALL_TIME, "clinician": str(world.director.pk), "events": "0"} if act == "schedule" else {}
    seen = director.check(request, act, **{**full, **typed})
    assert (seen.status, [target for _, target in seen.errors]) == (422, [at])


def test_a_phone_that_cannot_be_dialled(desk: Desk, world: SimpleNamespace) -> None:
    seen = desk.check(submitted(world), "call", phone="soon", availability="")
    assert (seen.status, [target for _, target in seen.errors]) == (422, ["id_phone"])


def test_a_denial_is_changed_after_a_call_about_it(director: Desk, world: SimpleNamespace) -> None:
    request = made(world, making.deny)
    assert act_path(request, "reverse") not in director.case(request).html
    assert director.send(request, "reverse", "decide", **START).status_code == 409
    talked = made(world, making.call)
    assert director.decide(talked, "reverse", **START).status_code == 303
    talked.refresh_from_db()
    assert talked.state == "approved"


# Void authorizations


def approve(world: SimpleNamespace, request: Request) -> None:
    actions.approve(by=world.reviewer, request_id=request.pk, version=request.version)


def test_an_authorization_is_made_void_and_approved_again(director: Desk, world: SimpleNamespace) -> None:
    request = made(world, approve)
    seen = director.check(request, "void", reason="")
    assert (seen.status, [target for _, target in seen.errors]) == (422, ["id_reason"])
    preview = director.check(request, "void", reason="Another patient was meant.")
    assert "Another patient was meant." in preview.html.partition("letter-preview")[2]
    assert Authorization.objects.get().status == "active"
    assert director.client.post(act_path(request, "void"), {**preview.hidden, "step": "decide"}).status_code == 303
    assert Authorization.objects.get().status == "void"
    assert director.client.post(act_path(request, "void"), {**preview.hidden, "step": "decide"}).status_code == 409
    seen = director.case(request)
    assert "Void since" in seen.text
    assert f"/letters/{Letter.objects.get(kind='void_notice').pk}/" in seen.html
    assert director.decide(request, "reissue", **START).status_code == 303
    assert Determination.objects.count() == 2
    assert Authorization.objects.filter(status="active").count() == 1


@pytest.mark.parametrize("act", ["void", "reissue", "reverse"])
def test_these_are_a_directors(desk: Desk, world: SimpleNamespace, act: str) -> None:
    make = {"void": approve, "reissue": making.make_void, "reverse": making.call}[act]
    request = made(world, make)
    assert act_path(request, act) not in desk.case(request).html
    assert desk.client.get(act_path(request, act))["Location"] == case_path(request)
    assert desk.send(request, act, "decide", **START, reason="An error.").status_code == 409


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        ("submitted", ""),
        ("recommended", "Denial recommended"),
        ("denied", ""),
        ("appealed", "Appeal open"),
        ("approved", ""),
        ("void", "Authorization void"),
    ],
)
def test_what_the_state_does_not_say_stands_beside_it(
    second: Desk, world: SimpleNamespace, situation: str, said: str
) -> None:
    """And the page goes from what is proposed over the engine's recommendation to the criteria it rests on."""
    html = second.case(making.in_situation(world, situation)).html
    tags = [words(tag) for tag in re.findall(r'<span class="tag tag--(?:attention|denied)">(.*?)</span>', html)]
    tags = [tag for tag in tags if tag != "Denied"]
    assert tags == ([said] if said else [])
    places = ("proposed-title", "recommendation-title", "criteria-title", "call-title")
    found = re.findall(f'<h2 id="({"|".join(places)})"', html)
    assert found == [name for name in places if name in found]
    assert ("proposed-title" in found) == (situation == "recommended")
    assert ("Approved, but the authorization is void" in html) == (situation == "void")


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        ("recommended", "Denial recommended"),
        ("approved", "Approved"),
        ("void", "Approved Authorization void"),
        ("denied", "Denied"),
        ("appealed", "Denied Appeal open"),
    ],
)
def test_the_queue_says_it_too(second: Desk, world: SimpleNamespace, situation: str, said: str) -> None:
    state = making.in_situation(world, situation).state
    html = second.queue(state="recommended" if situation == "recommended" else state).html
    assert [words(cell) for cell in re.findall(r'<td class="field-status">(.*?)</td>', html)] == [said]
