"""By when a decision is owed: rules, pauses, extensions, and what the queue makes of them."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from pa_portal.determinations import actions, clocks, queries
from pa_portal.determinations.models import ClockEvent, Notice, Task
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.errors import NotAllowed
from tests.determinations.making import in_situation, on
from tests.records.making import PATIENT, day, draft, in_state, submitted

HOUR = datetime.timedelta(hours=1)


def sent(world: SimpleNamespace, *, business: str = "commercial", urgency: str = "standard") -> Task:
    request = draft(world, urgency=urgency, urgency_reason="Impending fracture" if urgency == "expedited" else "")
    data = {
        **PATIENT,
        "plan": world.plan.pk,
        "line_of_business": business,
        "state": "MD",
        "member_id": f"PMH-{business}",
    }
    submissions.save_patient(**on(request, world.prescriber), data=data)
    submissions.submit(**on(request, world.prescriber))
    return queries.task_of(request)


@pytest.mark.parametrize(
    ("business", "urgency", "hours", "fixed"),
    [
        ("commercial", "standard", 168, False),
        ("marketplace", "expedited", 72, False),
        ("medicaid", "standard", 168, False),
        ("medicare", "standard", 72, True),
        ("medicare", "expedited", 24, True),
    ],
)
def test_the_clock_starts_with_the_submission(world, business: str, urgency: str, hours: int, fixed: bool) -> None:
    task = sent(world, business=business, urgency=urgency)
    assert (task.hours, task.fixed, task.line_of_business, task.urgency) == (hours, fixed, business, urgency)
    assert task.started_at == task.request.submitted_at
    assert task.due_at - task.started_at == hours * HOUR
    (event,) = task.clock_events.all()
    assert (event.kind, event.by_id, event.due_at) == ("started", world.prescriber.pk, task.due_at)


@pytest.mark.parametrize(("urgency", "hours"), [("standard", 720), ("expedited", 72)])
def test_an_appeal_has_a_clock_of_its_own(world: SimpleNamespace, urgency: str, hours: int) -> None:
    request = in_state(world, "denied")
    reason = "The disease progresses." if urgency == "expedited" else ""
    actions.file_appeal(
        **on(request, world.prescriber), grounds="See the report.", urgency=urgency, urgency_reason=reason
    )
    task = Task.objects.get(stage="appeal")
    assert (task.hours, task.due_at - task.started_at, task.stopped_at) == (hours, hours * HOUR, None)
    assert queries.task_of(request).stopped_at is not None


def test_a_plans_own_rule_holds_for_what_comes_after_it(world: SimpleNamespace) -> None:
    before = sent(world)
    rule = {"stage": "request", "line_of_business": "commercial", "urgency": "standard"}
    actions.save_clock_rule(by=world.manager, **rule, hours=48, fixed=True)
    actions.save_clock_rule(by=world.manager, **rule, hours=96)
    after = sent(world)
    assert (Task.objects.get(pk=before.pk).hours, after.hours, after.fixed) == (168, 96, False)
    table = {row[:3]: row[3:] for row in queries.clock_rules(world.plan)}
    assert table["request", "commercial", "standard"] == (96, False, True)
    assert table["request", "medicare", "expedited"] == (24, True, False)
    assert len(table) == 2 * 4 * 2
    assert {row.own for row in queries.clock_rules(world.other_plan)} == {False}


# Pauses. The day for the answer ends at midnight of the plan's time zone.


def paused_task(world: SimpleNamespace) -> Task:
    request = in_state(world, "submitted")
    actions.pend(**on(request, world.reviewer), information_needed="The report", respond_by=day(3))
    return queries.task_of(request)


def test_asking_for_information_stops_the_clock(world: SimpleNamespace) -> None:
    task = paused_task(world)
    end = timezone.localtime(task.resumes_at)
    assert (end.date(), end.time()) == (day(4), datetime.time(0))
    left = 168 * HOUR - (task.paused_at - task.started_at)
    for now in (task.paused_at, task.paused_at + HOUR, task.resumes_at):
        assert task.left(now) == left
    assert task.left(task.resumes_at + HOUR) == left - HOUR
    assert [task.paused(now) for now in (task.paused_at, task.resumes_at)] == [True, False]
    assert task.overdue(task.resumes_at + left + HOUR)
    event = task.clock_events.last()
    assert (event.kind, event.until, event.by_id) == ("paused", task.resumes_at, world.reviewer.pk)


def test_an_answer_lets_it_go_on_with_what_was_left(world: SimpleNamespace) -> None:
    task = paused_task(world)
    left = task.left(task.paused_at)
    actions.respond_to_pend(**on(task.request, world.prescriber), response="Here it is.")
    task.refresh_from_db()
    event = task.clock_events.last()
    assert (task.resumes_at, event.kind, event.by_id) == (None, "resumed", world.prescriber.pk)
    assert task.left(event.at) == left


def test_a_pause_that_ran_out_ended_when_it_was_to(world: SimpleNamespace) -> None:
    task = paused_task(world)
    end, due = task.resumes_at, task.due_at
    clocks.resume(task, by=world.prescriber, reason="Late answer", at=end + 5 * HOUR)
    event = task.clock_events.last()
    assert (event.kind, event.at, event.by, task.due_at) == ("resumed", end, None, due)


def test_deciding_while_it_waits_counts_no_more_than_passed(world: SimpleNamespace) -> None:
    task = paused_task(world)
    left = task.left(task.paused_at)
    actions.approve(**on(task.request, world.reviewer))
    task.refresh_from_db()
    assert task.left() == left
    assert [event.kind for event in task.clock_events.all()] == ["started", "paused", "resumed", "stopped"]


def test_a_fixed_clock_runs_on(world: SimpleNamespace) -> None:
    task = sent(world, business="medicare")
    due = task.due_at
    actions.pend(**on(task.request, world.reviewer), information_needed="The report", respond_by=day(3))
    task.refresh_from_db()
    assert (task.due_at, task.resumes_at) == (due, None)
    with pytest.raises(NotAllowed, match="fixed"):
        actions.extend_clock(by=world.reviewer, task_id=task.pk, hours=24, reason="A specialist reads the scan.")


def test_sent_again_as_expedited_it_is_due_sooner_and_never_later(world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    for urgency, reason in (("expedited", "The disease progresses."), ("standard", "")):
        submissions.save_treatment(**on(request, world.prescriber), data={"urgency": urgency, "urgency_reason": reason})
        actions.respond_to_pend(**on(request, world.prescriber), response="Here it is.")
        task = queries.task_of(request)
        assert task.urgency == urgency
        assert datetime.timedelta(hours=71) < task.left() <= 72 * HOUR
        actions.pend(**on(request, world.reviewer), information_needed="The report", respond_by=day(3))
    assert ClockEvent.objects.filter(task=task, kind="shortened").count() == 1


# Extensions


def test_more_time_needs_a_reason_and_is_told(world: SimpleNamespace) -> None:
    task = queries.task_of(in_state(world, "submitted"))
    due = task.due_at
    actions.extend_clock(by=world.reviewer, task_id=task.pk, hours=48, reason="A specialist reads the scan.")
    actions.extend_clock(by=world.director, task_id=task.pk, hours=288, reason="The scan is read again.")
    task.refresh_from_db()
    assert task.due_at - due == 336 * HOUR
    event = task.clock_events.last()
    assert (event.kind, event.reason, event.due_at) == ("extended", "The scan is read again.", task.due_at)
    assert Notice.objects.filter(kind="extended").count() == 2
    with pytest.raises(ValidationError) as told:
        actions.extend_clock(by=world.reviewer, task_id=task.pk, hours=1, reason="More.")
    assert set(told.value.message_dict) == {"hours"}


@pytest.mark.parametrize(
    ("hours", "reason", "at_fault"),
    [
        (0, "Why", {"hours"}),
        (337, "Why", {"hours"}),
        (True, "Why", {"hours"}),
        ("24", "Why", {"hours"}),
        (24, "  ", {"reason"}),
        (24, "a\x00", {"reason"}),
        (-1, "x" * 501, {"hours", "reason"}),
    ],
)
def test_an_extension_that_cannot_be(world: SimpleNamespace, hours, reason: str, at_fault: set[str]) -> None:
    task = queries.task_of(in_state(world, "submitted"))
    with pytest.raises(ValidationError) as told:
        actions.extend_clock(by=world.reviewer, task_id=task.pk, hours=hours, reason=reason)
    assert set(told.value.message_dict) == at_fault


@pytest.mark.parametrize("situation", ["recommended", "pended", "modified", "upheld", "overturned", "withdrawn"])
def test_each_deadline_follows_from_the_events_on_record(world: SimpleNamespace, situation: str) -> None:
    for task in Task.objects.filter(request=in_situation(world, situation)):
        events = list(task.clock_events.all())
        assert events[-1].due_at == task.due_at
        assert [event.at for event in events] == sorted(event.at for event in events)
        assert (events[-1].kind == "stopped") is (task.stopped_at is not None)


def test_a_request_that_came_in_another_way_gets_its_clock_when_it_is_acted_on(world: SimpleNamespace) -> None:
    request = submitted(world)
    task = queries.task_of(request)
    due, started = task.due_at, task.started_at
    # As a bulk load would leave it: no task.
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE determinations_task DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE determinations_clockevent DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM determinations_clockevent")
        cursor.execute("DELETE FROM determinations_task")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE determinations_task ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE determinations_clockevent ENABLE TRIGGER USER")
    actions.approve(**on(request, world.reviewer))
    task = queries.task_of(request)
    assert (task.started_at, task.due_at) == (started, due)
    assert task.stopped_at is not None
