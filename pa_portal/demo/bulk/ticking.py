"""A seeded request's clock."""

from __future__ import annotations

import datetime

from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.demo.bulk.records import Records
from pa_portal.demo.bulk.rows import row_of
from pa_portal.determinations import terms
from pa_portal.determinations.models import Appeal, ClockEvent, Task
from pa_portal.submissions.models import Request


class Clock:
    """A task and its clock, moved as ``determinations.clocks`` moves them, with each move put on record."""

    def __init__(
        self,
        records: Records,
        request: Request,
        *,
        stage: str,
        business: str,
        urgency: str,
        begun_by: User,
        at: datetime.datetime,
        assignee: User,
        appeal: Appeal | None = None,
    ) -> None:
        self._add = records.rows[ClockEvent].add
        rule = records.rules[stage, business, urgency]
        taken = records.dice.random() < 0.6
        self.task = row_of(
            Task,
            id=records.id(),
            stage=stage,
            request=request,
            appeal=appeal,
            plan=request.plan,
            line_of_business=business,
            urgency=urgency,
            hours=rule.hours,
            fixed=rule.fixed,
            started_at=at,
            due_at=at + datetime.timedelta(hours=rule.hours),
            assignee=assignee if taken else None,
            assigned_at=at + datetime.timedelta(minutes=5) if taken else None,
        )
        self._note(ClockEvent.Kind.STARTED, begun_by, at, "Appeal filed" if appeal else "Request submitted")

    def pause(self, by: User, at: datetime.datetime, until: datetime.date) -> None:
        task = self.task
        end = timezone.make_aware(datetime.datetime.combine(until + terms.ONE_DAY, datetime.time.min))
        if not task.fixed:
            task.paused_at, task.resumes_at = at, end
            task.due_at += end - at
            self._note(ClockEvent.Kind.PAUSED, by, at, "Information requested", until=end)

    def resume(self, by: User | None, at: datetime.datetime, reason: str) -> None:
        task = self.task
        if task.resumes_at is None:
            return
        if at < task.resumes_at:
            task.due_at -= task.resumes_at - at
        else:
            by, reason, at = None, "The day for the answer passed", task.resumes_at
        task.paused_at = task.resumes_at = None
        self._note(ClockEvent.Kind.RESUMED, by, at, reason)

    def extend(self, by: User, at: datetime.datetime, hours: int) -> None:
        self.task.due_at += datetime.timedelta(hours=hours)
        self.task.extended_hours += hours
        self._note(ClockEvent.Kind.EXTENDED, by, at, "Waiting for the laboratory's report")

    def stop(self, by: User | None, at: datetime.datetime, reason: str) -> None:
        self.resume(by, at, reason)
        self.task.stopped_at, self.task.awaiting_director = at, False
        self._note(ClockEvent.Kind.STOPPED, by, at, reason)

    def _note(
        self, kind: str, by: User | None, at: datetime.datetime, reason: str, until: datetime.datetime | None = None
    ) -> None:
        self._add(
            task_id=self.task.pk,
            kind=kind,
            at=at,
            by_id=by.pk if by else None,
            reason=reason,
            until=until,
            due_at=self.task.due_at,
        )
