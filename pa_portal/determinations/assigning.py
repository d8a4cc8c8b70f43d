"""Who does a task: taking, reassigning and releasing it. Two people never take the same one."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts.models import REVIEWERS, Organization, Role, User
from pa_portal.audit.actions import record
from pa_portal.determinations import queries
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import Stage, Task
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import State


@transaction.atomic
def assign_to_me(*, by: User, task_id: uuid.UUID | str) -> Task:
    """Take a task that nobody has. Taking one's own again changes nothing.

    Raises Task.DoesNotExist for one that is missing or not theirs, Conflict when somebody else has it (then
    ``reassign``), NotAllowed when it is done, or is not for this person to decide.
    """
    task = _lock(by, task_id)
    if task.assignee_id == by.pk:
        return task
    if task.assignee is not None:
        assert task.assigned_at is not None
        raise Conflict(who=task.assignee.get_full_name(), when=task.assigned_at, decision="Assigned")
    return _give(task, to=by, by=by)


@transaction.atomic
def take_next(*, by: User, stage: str = Stage.REQUEST) -> Task | None:
    """Take the task with the least time left that nobody has and this person may decide; None when there is none.

    Reviewers get requests that wait for a decision; medical directors those with a recommended denial first. Requests
    that wait for the provider are left alone, unless a denial is recommended. Several people at once each get another
    task, without waiting.
    """
    if by.role not in REVIEWERS or not by.is_active:
        raise NotAllowed("Your role does not allow this: tasks are taken by reviewers.")
    free = queries.open_tasks(by).filter(stage=stage, assignee__isnull=True).exclude(queries.had_a_part(by))
    if stage == Stage.REQUEST:
        free = free.filter(Q(request__state=State.SUBMITTED) | Q(awaiting_director=True))
    pools = (True, False) if by.role == Role.DIRECTOR else (False,)
    for awaiting in pools:
        waiting = free.filter(awaiting_director=awaiting).order_by("due_at", "id")
        # An assignment made meanwhile changes the locked row itself, so Postgres looks at the condition again.
        task = waiting.select_for_update(skip_locked=True, of=("self",)).first()
        if task is not None:
            return _give(task, to=by, by=by)
    return None


@transaction.atomic
def reassign(*, by: User, task_id: uuid.UUID | str, to: User) -> Task:
    """Give a task to a reviewer or medical director of the same plan, whoever has it now; managers may too."""
    task = _lock(by, task_id)
    return task if task.assignee_id == to.pk else _give(task, to=to, by=by)


@transaction.atomic
def release(*, by: User, task_id: uuid.UUID | str) -> Task:
    """Put a task back among those that nobody has: one's own, or as a medical director or manager anybody's."""
    task = _lock(by, task_id)
    if task.assignee_id is None:
        return task
    if task.assignee_id != by.pk and by.role == Role.REVIEWER:
        raise NotAllowed("Only its assignee, a medical director or a manager can release a task.")
    hand_over(task, to=None)
    _record(task, by, "task.released", None)
    return task


def hand_over(task: Task, *, to: User | None, awaiting_director: bool | None = None) -> None:
    """Set who does a locked task, and whether it waits for a director."""
    task.assignee, task.assigned_at = to, timezone.now() if to else None
    if awaiting_director is not None:
        task.awaiting_director = awaiting_director
    task.save(update_fields=["assignee", "assigned_at", "awaiting_director"])


def _lock(by: User, task_id: uuid.UUID | str) -> Task:
    may = by.role in REVIEWERS or (by.role == Role.MANAGER and by.organization.kind == Organization.Kind.PLAN)
    if not may or not by.is_active:
        raise NotAllowed("Your role does not allow this: tasks belong to reviewers.")
    task = queries.lock_task(by, task_id)
    if task.stopped_at or task.request.state == State.WITHDRAWN:
        raise NotAllowed("This is decided or withdrawn, so there is nothing left to assign.")
    return task


def _give(task: Task, *, to: User, by: User) -> Task:
    if to.role not in REVIEWERS or not to.is_active or to.organization_id != task.plan_id:
        raise NotAllowed("Tasks are for the reviewers and medical directors of the plan.")
    if Task.objects.filter(queries.had_a_part(to), pk=task.pk).exists():
        raise NotAllowed(f"{to.get_full_name()} had a part in this, so somebody else must decide it.")
    hand_over(task, to=to)
    _record(task, by, "task.assigned", to)
    return task


def _record(task: Task, by: User, action: str, to: User | None) -> None:
    record(
        by=by,
        action=action,
        obj=task,
        organization_id=task.request.organization_id,
        detail={"request": str(task.request_id), "stage": task.stage, "to": str(to.pk) if to else None},
    )
