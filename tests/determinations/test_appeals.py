"""Calls about a case, and appeals: who, when, and what comes of them."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from pa_portal.determinations import actions, queries
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import blocks
from pa_portal.determinations.models import Appeal, AppealOutcome, Letter
from pa_portal.submissions.errors import NotAllowed
from tests.determinations.making import GROUNDS, authorization_of, in_situation, on, soon
from tests.records.making import in_state


def told_in(letter: Letter) -> str:
    return " ".join(blocks.texts(letter.content["blocks"]))


# Calls


def test_a_call_is_asked_for_given_a_time_and_held(world: SimpleNamespace) -> None:
    request = in_state(world, "denied")
    call = actions.request_peer_to_peer(by=world.staff, request_id=request.pk, availability="After 3 PM")
    assert (call.phone, call.determination) == (request.prescriber.phone, queries.determination_in_force(request))
    with pytest.raises(Conflict) as told:
        actions.request_peer_to_peer(by=world.reviewer, request_id=request.pk)
    assert told.value.decision == "Call requested"
    at = soon()
    for moved in (at, at + datetime.timedelta(days=1)):
        actions.schedule_peer_to_peer(
            by=world.reviewer, request_id=request.pk, call_at=moved, clinician=world.second_director
        )
    first, second = Letter.objects.filter(kind="peer_to_peer_notice").order_by("created_at")
    assert "Ned Testcase, MD" in told_in(first)
    assert call.phone in told_in(first)
    assert first.content != second.content
    assert first.determination == call.determination
    with pytest.raises(ValidationError) as told:
        actions.close_peer_to_peer(by=world.director, request_id=request.pk, kind="held")
    assert set(told.value.message_dict) == {"notes"}
    actions.close_peer_to_peer(by=world.director, request_id=request.pk, kind="held", notes="The right report came.")
    assert queries.open_peer_to_peer(request) is None
    request.refresh_from_db()
    assert request.state == "denied"


def test_a_call_before_a_decision_says_that_nothing_is_decided(world: SimpleNamespace) -> None:
    request = in_state(world, "submitted")
    actions.request_peer_to_peer(by=world.reviewer, request_id=request.pk, phone="804-555-0123")
    actions.schedule_peer_to_peer(by=world.reviewer, request_id=request.pk, call_at=soon())
    letter = Letter.objects.get()
    assert letter.determination is None
    assert "We have not decided yet." in told_in(letter)
    assert queries.letter_for(world.prescriber, letter.pk) == letter
    with pytest.raises(Letter.DoesNotExist):
        queries.letter_for(world.other_prescriber, letter.pk)


@pytest.mark.parametrize(
    ("given", "at_fault"),
    [
        ({"call_at": None}, {"call_at"}),
        ({"call_at": datetime.datetime(2030, 1, 1)}, {"call_at"}),
        ({"call_at": timezone.now() - datetime.timedelta(minutes=1)}, {"call_at"}),
        ({"call_at": timezone.now() + datetime.timedelta(days=61)}, {"call_at"}),
        ({"clinician": "manager"}, {"clinician"}),
        ({"clinician": "other_director", "call_at": None}, {"clinician", "call_at"}),
    ],
)
def test_a_time_that_cannot_be(world: SimpleNamespace, given, at_fault: set[str]) -> None:
    request = in_situation(world, "call")
    if "clinician" in given:
        given = given | {"clinician": getattr(world, given["clinician"])}
    with pytest.raises(ValidationError) as told:
        actions.schedule_peer_to_peer(**{"by": world.reviewer, "request_id": request.pk, "call_at": soon()} | given)
    assert set(told.value.message_dict) == at_fault


@pytest.mark.parametrize(("days", "open_still"), [(14, True), (15, False)])
def test_after_a_denial_there_are_so_many_days_for_a_call(
    world: SimpleNamespace, monkeypatch, days: int, open_still
) -> None:
    request = in_state(world, "denied")
    later = timezone.now() + datetime.timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: later)
    if open_still:
        assert actions.request_peer_to_peer(by=world.prescriber, request_id=request.pk)
    else:
        with pytest.raises(NotAllowed, match="14 days"):
            actions.request_peer_to_peer(by=world.prescriber, request_id=request.pk)


def test_a_director_changes_a_denial_after_the_call(world: SimpleNamespace) -> None:
    request = in_situation(world, "called")
    denial = queries.determination_in_force(request)
    determination = actions.reverse_denial(**on(request, world.director), rationale="The right report came.")
    assert determination.supersedes == denial
    assert authorization_of(request).determination == determination
    assert queries.appealable(request) is None


@pytest.mark.parametrize("situation", ["denied", "call", "appealed"])
def test_no_denial_is_changed_without_a_call_or_under_appeal(world: SimpleNamespace, situation: str) -> None:
    request = in_situation(world, situation)
    with pytest.raises(NotAllowed):
        actions.reverse_denial(**on(request, world.director), rationale="Why not.")


# Appeals


@pytest.mark.parametrize(
    ("given", "at_fault"),
    [
        ({"grounds": " "}, {"grounds"}),
        ({"grounds": "a\ud800"}, {"grounds"}),
        ({"grounds": "x" * 4001}, {"grounds"}),
        ({"urgency": "expedited"}, {"urgency_reason"}),
        ({"urgency": "now"}, {"urgency"}),
        ({"grounds": "", "urgency": "expedited"}, {"grounds", "urgency_reason"}),
    ],
)
def test_an_appeal_says_why(world: SimpleNamespace, given, at_fault: set[str]) -> None:
    request = in_state(world, "denied")
    with pytest.raises(ValidationError) as told:
        actions.file_appeal(**{**on(request, world.prescriber), "grounds": GROUNDS, **given})
    assert set(told.value.message_dict) == at_fault
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("situation", ["denied", "modified", "void"])
@pytest.mark.parametrize(("days", "in_time"), [(30, True), (31, False)])
def test_there_is_time_until_the_day_the_letter_named(
    world, monkeypatch, situation: str, days: int, in_time: bool
) -> None:
    actions.save_letter_settings(by=world.manager, data={"appeal_days": 30})
    request = in_situation(world, situation)
    # What is set later does not move it.
    actions.save_letter_settings(by=world.manager, data={"appeal_days": 5})
    later = timezone.now() + datetime.timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert (queries.appealable(request) is not None) is in_time
    if in_time:
        assert actions.file_appeal(**on(request, world.prescriber), grounds=GROUNDS)
    else:
        with pytest.raises(NotAllowed, match="time to appeal is over"):
            actions.file_appeal(**on(request, world.prescriber), grounds=GROUNDS)


def test_a_second_appeal_is_told_of_the_first(world: SimpleNamespace) -> None:
    request = in_situation(world, "appealed")
    with pytest.raises(Conflict) as told:
        actions.file_appeal(**on(request, world.colleague), grounds=GROUNDS)
    assert (told.value.who, told.value.decision) == ("Ana Testcase", "Appeal filed")


@pytest.mark.parametrize("kind", ["uphold", "overturn"])
@pytest.mark.parametrize("part", ["denied", "recommended"])
def test_nobody_reviews_what_they_had_a_part_in(world: SimpleNamespace, kind: str, part: str) -> None:
    request = in_situation(world, "recommended")
    actions.sign_denial(**on(request, world.director))
    appeal = actions.file_appeal(**on(request, world.prescriber), grounds=GROUNDS)
    by = world.director if part == "denied" else world.reviewer
    given = {"by": by, "appeal_id": appeal.pk, "rationale": "Mine."}
    act = actions.overturn_appeal if kind == "overturn" else actions.uphold_appeal
    with pytest.raises(NotAllowed, match="had a part" if kind == "overturn" or part == "denied" else "role"):
        act(**given, explanation="Mine.")
    assert not AppealOutcome.objects.exists()


def test_a_decision_kept(world: SimpleNamespace) -> None:
    request = in_situation(world, "upheld")
    outcome = AppealOutcome.objects.get()
    assert (outcome.kind, outcome.decided_by, outcome.decided_role) == ("upheld", world.second_director, "director")
    assert outcome.signature["sha256"]
    letter = Letter.objects.get(kind="appeal_upheld")
    text = told_in(letter)
    assert outcome.explanation in text
    assert outcome.rationale not in text
    assert "The report describes another patient." in text
    assert queries.appealable(request) is None
    with pytest.raises(NotAllowed):
        actions.file_appeal(**on(request, world.prescriber), grounds=GROUNDS)


@pytest.mark.parametrize(
    ("given", "at_fault"),
    [
        ({"explanation": " "}, {"explanation"}),
        ({"rationale": ""}, {"rationale"}),
        ({"explanation": "a\x00", "rationale": "b\x00"}, {"explanation", "rationale"}),
    ],
)
def test_keeping_a_decision_needs_words_for_the_letter_and_for_the_record(world, given, at_fault: set[str]) -> None:
    request = in_situation(world, "appealed")
    typed = {"explanation": "The same.", "rationale": "Read twice."} | given
    with pytest.raises(ValidationError) as told:
        actions.uphold_appeal(by=world.second_director, appeal_id=queries.open_appeal(request).pk, **typed)
    assert set(told.value.message_dict) == at_fault
    assert queries.open_appeal(request)


def test_a_decision_changed_makes_an_authorization(world: SimpleNamespace) -> None:
    request = in_situation(world, "overturned")
    request.refresh_from_db()
    outcome = AppealOutcome.objects.select_related("determination", "appeal").get()
    assert request.state == "approved"
    assert outcome.determination == queries.determination_in_force(request) == authorization_of(request).determination
    assert outcome.determination.supersedes == outcome.appeal.determination
    letter = Letter.objects.get(kind="appeal_overturned")
    assert authorization_of(request).number in told_in(letter)
    assert queries.replay(outcome.determination).matches
    assert queries.appealable(request) is None


def test_changing_a_decision_needs_a_rationale(world: SimpleNamespace) -> None:
    request = in_situation(world, "appealed")
    with pytest.raises(ValidationError) as told:
        actions.overturn_appeal(by=world.second_reviewer, appeal_id=queries.open_appeal(request).pk, rationale=" ")
    assert set(told.value.message_dict) == {"rationale"}


@pytest.mark.parametrize(("situation", "left"), [("modified", "superseded"), ("void", "void")])
def test_an_appeal_against_less_or_a_void_gives_the_whole(world: SimpleNamespace, situation: str, left: str) -> None:
    request = in_situation(world, situation)
    appeal = actions.file_appeal(**on(request, world.prescriber), grounds=GROUNDS)
    actions.overturn_appeal(by=world.second_director, appeal_id=appeal.pk, rationale="The whole is in order.")
    whole, earlier = queries.authorizations_of(request)
    assert (whole.status, whole.doses, earlier.status) == ("active", 9, left)
    assert earlier.number in told_in(Letter.objects.get(determination=earlier.determination, kind__contains="approval"))


@pytest.mark.parametrize(("situation", "says"), [("modified", "stays approved"), ("void", "stays void")])
def test_what_stands_when_less_or_a_void_is_kept(world: SimpleNamespace, situation: str, says: str) -> None:
    request = in_situation(world, situation)
    appeal = actions.file_appeal(**on(request, world.prescriber), grounds=GROUNDS)
    actions.uphold_appeal(by=world.second_director, appeal_id=appeal.pk, explanation="As said.", rationale="Read.")
    assert says in told_in(Letter.objects.get(kind="appeal_upheld"))
    request.refresh_from_db()
    assert request.state == "approved"


def test_an_appeal_withdrawn_may_be_filed_again(world: SimpleNamespace) -> None:
    request = in_situation(world, "appealed")
    actions.withdraw_appeal(by=world.colleague, appeal_id=queries.open_appeal(request).pk)
    assert queries.open_appeal(request) is None
    again = actions.file_appeal(**on(request, world.prescriber), grounds=GROUNDS)
    assert again.number == 2
    assert not Letter.objects.filter(kind__startswith="appeal").exists()


def test_of_two_outcomes_one_stands(world: SimpleNamespace) -> None:
    request = in_situation(world, "upheld")
    appeal = Appeal.objects.get(request=request)
    with pytest.raises(Conflict) as told:
        actions.overturn_appeal(by=world.second_reviewer, appeal_id=appeal.pk, rationale="Otherwise.")
    assert (told.value.who, told.value.decision) == ("Ned Testcase, MD", "Decision kept")


def test_strangers_see_no_appeal(world: SimpleNamespace) -> None:
    appeal = Appeal.objects.get(request=in_situation(world, "appealed"))
    for name in ("prescriber", "staff", "reviewer", "director", "manager", "clinic_manager"):
        assert queries.appeal_for(getattr(world, name), appeal.pk) == appeal
    for name in ("other_prescriber", "other_staff", "other_reviewer", "other_director", "other_manager"):
        with pytest.raises(Appeal.DoesNotExist):
            queries.appeal_for(getattr(world, name), appeal.pk)
