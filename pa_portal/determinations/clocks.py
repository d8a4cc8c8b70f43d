"""The clock of each task: started, paused, resumed, extended, shortened and stopped, each time on record.

These change rows and belong inside an action's transaction, with the request locked. Times are aware datetimes.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.determinations.models import Appeal, ClockEvent, ClockRule, Stage, Task
from pa_portal.submissions.models import LineOfBusiness, Request, Submission, Urgency

DAY = 24
LONGEST_EXTENSION = 14 * DAY


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours until a decision is owed. ``fixed``: nothing moves the deadline."""

    hours: int
    fixed: bool = False


_DEFAULTS: dict[tuple[str, str], Rule] = {
    (Stage.REQUEST, Urgency.STANDARD): Rule(7 * DAY),
    (Stage.REQUEST, Urgency.EXPEDITED): Rule(72),
    (Stage.APPEAL, Urgency.STANDARD): Rule(30 * DAY),
    (Stage.APPEAL, Urgency.EXPEDITED): Rule(72),
}
# Drugs under Medicare Part B, as this one is (42 CFR 422.568, 422.572, 422.590): shorter, and never extended.
_MEDICARE: dict[tuple[str, str], Rule] = {
    (Stage.REQUEST, Urgency.STANDARD): Rule(72, fixed=True),
    (Stage.REQUEST, Urgency.EXPEDITED): Rule(24, fixed=True),
    (Stage.APPEAL, Urgency.STANDARD): Rule(7 * DAY, fixed=True),
    (Stage.APPEAL, Urgency.EXPEDITED): Rule(72, fixed=True),
}
DEFAULTS: dict[tuple[str, str, str], Rule] = {
    (stage, business, urgency): (_MEDICARE if business == LineOfBusiness.MEDICARE else _DEFAULTS)[stage, urgency]
    for stage in Stage.values
    for business in LineOfBusiness.values
    for urgency in Urgency.values
}


def rule(plan_id: uuid.UUID, stage: str, line_of_business: str, urgency: str) -> Rule:
    """Return the plan's own rule, or the default."""
    own = ClockRule.objects.filter(
        plan_id=plan_id, stage=stage, line_of_business=line_of_business, urgency=urgency
    ).first()
    return Rule(own.hours, own.fixed) if own else DEFAULTS[stage, line_of_business, urgency]


def start(submission: Submission, *, appeal: Appeal | None = None, by: User | None = None) -> Task:
    """Start the clock of a request, from its submission; or of an appeal, from its filing."""
    stage = Stage.APPEAL if appeal else Stage.REQUEST
    content, request = submission.content, submission.request
    assert request.plan_id is not None
    urgency = appeal.urgency if appeal else content["request"]["urgency"]
    business = content["patient"]["line_of_business"]
    chosen = rule(request.plan_id, stage, business, urgency)
    at = appeal.filed_at if appeal else submission.submitted_at
    task = Task.objects.create(
        stage=stage,
        request=request,
        appeal=appeal,
        plan_id=request.plan_id,
        line_of_business=business,
        urgency=urgency,
        hours=chosen.hours,
        fixed=chosen.fixed,
        started_at=at,
        due_at=at + datetime.timedelta(hours=chosen.hours),
    )
    _note(task, ClockEvent.Kind.STARTED, at=at, by=by, reason="Appeal filed" if appeal else "Request submitted")
    return task


def of_request(request: Request) -> Task:
    """Return the task of a submitted request, locked; one that came in by another way than its actions gets one now."""
    task = Task.objects.select_for_update(of=("self",)).filter(request=request, stage=Stage.REQUEST).first()
    if task is not None:
        return task
    first = Submission.objects.filter(request=request).select_related("request").order_by("number").first()
    assert first is not None
    return start(first)


def pause(task: Task, *, until: datetime.date, by: User, reason: str, at: datetime.datetime) -> None:
    """Stop the clock for the provider's answer, until the end of a local day at most. A fixed clock runs on."""
    end = timezone.make_aware(
        datetime.datetime.combine(until + datetime.timedelta(days=1), datetime.time.min),
        timezone.get_current_timezone(),
    )
    if task.fixed or task.stopped_at or task.resumes_at or end <= at:
        return
    task.paused_at, task.resumes_at = at, end
    task.due_at += end - at
    _note(task, ClockEvent.Kind.PAUSED, at=at, by=by, reason=reason, until=end)


def resume(task: Task, *, by: User | None, reason: str, at: datetime.datetime) -> None:
    """Let the clock go on, if it is paused; a pause that has run out ended by itself when it was to."""
    end = task.resumes_at
    if end is None:
        return
    if at < end:
        task.due_at -= end - at
    else:
        by, reason, at = None, "The day for the answer passed", end
    task.paused_at = task.resumes_at = None
    _note(task, ClockEvent.Kind.RESUMED, at=at, by=by, reason=reason)


def extend(task: Task, *, hours: int, by: User, reason: str, at: datetime.datetime) -> None:
    """Move the deadline by ``hours``."""
    task.due_at += datetime.timedelta(hours=hours)
    task.extended_hours += hours
    _note(task, ClockEvent.Kind.EXTENDED, at=at, by=by, reason=reason)


def reclassify(task: Task, submission: Submission, *, by: User | None, at: datetime.datetime) -> None:
    """Follow a later submission's urgency and line of business. The deadline may come earlier by it, never later."""
    content = submission.content
    urgency, business = content["request"]["urgency"], content["patient"]["line_of_business"]
    if (urgency, business) == (task.urgency, task.line_of_business):
        return
    chosen = rule(task.plan_id, task.stage, business, urgency)
    task.urgency, task.line_of_business, task.hours, task.fixed = urgency, business, chosen.hours, chosen.fixed
    due = at + datetime.timedelta(hours=chosen.hours)
    if due < task.due_at:
        task.due_at = due
        _note(task, ClockEvent.Kind.SHORTENED, at=at, by=by, reason="Sent again with another urgency or coverage")
    else:
        _save(task)


def stop(task: Task, *, by: User | None, reason: str, at: datetime.datetime) -> None:
    """Stop the clock for good, and end what waits for a director."""
    if task.stopped_at:
        return
    resume(task, by=by, reason=reason, at=at)
    task.stopped_at, task.awaiting_director = at, False
    _note(task, ClockEvent.Kind.STOPPED, at=at, by=by, reason=reason)


def _note(
    task: Task,
    kind: str,
    *,
    at: datetime.datetime,
    by: User | None,
    reason: str,
    until: datetime.datetime | None = None,
) -> None:
    """Save the task, and what happened to its clock."""
    _save(task)
    ClockEvent.objects.create(task=task, kind=kind, at=at, by=by, reason=reason, until=until, due_at=task.due_at)


def _save(task: Task) -> None:
    """Save all of a task but the marks of what is new: messages set them, and may have since it was read."""
    if task._state.adding:
        task.save()
        return
    fields = (field for field in Task._meta.concrete_fields if not field.primary_key)
    task.save(update_fields=[field.name for field in fields if not field.name.startswith("new_to_")])
