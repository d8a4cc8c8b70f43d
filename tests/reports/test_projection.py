"""Cases follow the records, act by act, and never stand in their way."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pytest
from django.utils import timezone

from pa_portal.determinations import actions as determinations
from pa_portal.reports import projection
from pa_portal.reports.models import Case
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.models import Submission
from tests.records.making import draft, in_state, submitted
from tests.reports.making import at_random, write


def stored(request: object) -> Case:
    return Case.objects.get(pk=request.pk)  # type: ignore[attr-defined]


def in_step() -> bool:
    return projection.differences() == 0


def test_a_draft_is_no_case_and_a_submission_is(world: SimpleNamespace) -> None:
    request = draft(world)
    assert not Case.objects.exists()
    submissions.submit(by=world.prescriber, request_id=request.pk, version=request.version)
    assert stored(request).state == "submitted"
    assert in_step()


@pytest.mark.parametrize("state", ["submitted", "pended", "approved", "denied", "withdrawn"])
def test_each_state_arrives_at_once(world: SimpleNamespace, state: str) -> None:
    request = in_state(world, state)
    assert stored(request).state == state
    assert in_step()


def test_an_answer_to_a_request_for_information_counts(world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    due = stored(request).due_at
    determinations.respond_to_pend(
        by=world.prescriber, request_id=request.pk, version=request.version, response="The report is attached."
    )
    case = stored(request)
    assert (case.state, case.submissions, case.information_requests) == ("submitted", 2, 1)
    assert case.due_at is not None
    assert due is not None
    assert case.due_at < due, "the pause for the answer ended early"
    assert in_step()


def test_an_appeal_changes_the_decision_and_not_the_first_one(world: SimpleNamespace) -> None:
    request = in_state(world, "denied")
    first = stored(request)
    appeal = determinations.file_appeal(
        by=world.prescriber, request_id=request.pk, version=request.version, grounds="The report was misread."
    )
    assert stored(request).appeal_outcome == "open"
    determinations.overturn_appeal(
        by=world.second_reviewer,
        appeal_id=appeal.pk,
        rationale="The report is this patient's.",
        start=timezone.localdate() + datetime.timedelta(days=7),
    )
    case = stored(request)
    assert (case.first_decision, case.decision, case.state) == ("denied", "approved", "approved")
    assert (case.decided_at, case.decided_by_id) == (first.decided_at, first.decided_by_id)
    assert (case.appeals, case.appeal_outcome, case.authorization_status) == (1, "overturned", "active")
    assert in_step()


def test_a_void_authorization_and_an_extended_clock_show(world: SimpleNamespace) -> None:
    request = in_state(world, "approved")
    determinations.void(by=world.director, authorization_id=request.authorizations.get().pk, reason="Wrong patient.")
    assert stored(request).authorization_status == "void"
    waiting = submitted(world)
    due = stored(waiting).due_at
    determinations.extend_clock(
        by=world.reviewer, task_id=waiting.tasks.get().pk, hours=24, reason="Waiting for the laboratory."
    )
    case = stored(waiting)
    assert due is not None
    assert (case.extended_hours, case.due_at) == (24, due + datetime.timedelta(hours=24))
    assert in_step()


def test_whatever_the_records_hold(world: SimpleNamespace) -> None:
    made = at_random(200, seed=9, now=timezone.now())
    write(world, made)
    assert Case.objects.count() == len(made)
    assert in_step()


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"patient": None, "decision": {"pathways": "none", "flags": {"a": 1}}},
        {"decision": [], "treatment": {"diagnosis_covered": "perhaps", "dose": 7}, "request": {"urgency": 5}},
        {"patient": {"line_of_business": ["x"]}, "treatment": {"dose": {"within_limit": None}}},
    ],
)
def test_a_submission_of_any_shape_is_let_through(world: SimpleNamespace, content: dict[str, object]) -> None:
    request = submitted(world)
    # In bulk, past what follows a submission: that is another matter.
    odd = Submission(request=request, number=2, request_version=99, content=content, digest="0" * 64)
    odd.submitted_by = world.prescriber
    Submission.objects.bulk_create([odd])
    assert stored(request).submissions == 2
    assert in_step()


def test_what_went_wrong_is_found_and_put_right(world: SimpleNamespace) -> None:
    request = in_state(world, "approved")
    Case.objects.filter(pk=request.pk).update(state="denied")
    assert projection.differences() == 1
    projection.store_all()
    assert in_step()
    Case.objects.all().delete()
    assert projection.differences() == 1


def test_installing_again_changes_nothing_and_a_new_query_draws_all_again(
    world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = in_state(world, "approved")
    Case.objects.filter(pk=request.pk).update(state="denied")
    projection.install()
    assert stored(request).state == "denied", "the query is as it was"
    monkeypatch.setattr(projection, "_CASES", projection._CASES + "WHERE true ")
    projection.install()
    assert in_step()
