"""Giving a decision more time, with a reason."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.audit.actions import record
from pa_portal.determinations import acts, clocks, notices, queries
from pa_portal.determinations.models import Notice, Task
from pa_portal.submissions.cleaning import long_text
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.guard import lock
from pa_portal.submissions.models import State

LONGEST_REASON = 500


@transaction.atomic
def extend_clock(*, by: User, task_id: uuid.UUID | str, hours: int, reason: str) -> Task:
    """Move the deadline of a request or an appeal by ``hours``, at most 14 days in all, with a reason for the record.

    Raises Task.DoesNotExist for one that is missing or not theirs, NotAllowed when the plan's rule is fixed (Medicare)
    or the decision is made.
    """
    found = queries.task_for(by, task_id)
    request = lock(by=by, request_id=found.request_id)
    acts.require("extend", by=by, request=request)
    task = queries.lock_task(by, task_id)
    if task.stopped_at or request.state == State.WITHDRAWN:
        raise NotAllowed("This is decided or withdrawn, so there is nothing to extend.")
    if task.fixed:
        raise NotAllowed("The time for this decision is fixed, and cannot be extended.")
    errors: dict[str, Any] = {}
    most = clocks.LONGEST_EXTENSION - task.extended_hours
    if not isinstance(hours, int) or isinstance(hours, bool) or not 1 <= hours <= most:
        errors["hours"] = f"Enter a whole number of hours from 1 to {most}." if most else "No more time can be given."
    try:
        said = long_text("reason", reason, LONGEST_REASON)
        if not said:
            errors["reason"] = "Write why more time is needed."
    except ValidationError as error:
        errors |= error.error_dict
    if errors:
        raise ValidationError(errors)
    clocks.extend(task, hours=hours, by=by, reason=said, at=timezone.now())
    notices.queue(Notice.Kind.EXTENDED, request, occasion=f"{task.pk}:{task.extended_hours}")
    record(
        by=by,
        action="clock.extended",
        obj=task,
        organization_id=request.organization_id,
        detail={"request": str(request.pk), "stage": task.stage, "hours": hours},
    )
    return task
