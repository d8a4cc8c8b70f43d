"""What is to be decided, by when and by whom: tasks, and requests with their clock, in one query each."""

from __future__ import annotations

import datetime
import uuid
from typing import NamedTuple

from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from pa_portal.accounts.models import REVIEWERS, Organization, User
from pa_portal.determinations.clocks import DEFAULTS
from pa_portal.determinations.models import Appeal, ClockRule, Stage, Task
from pa_portal.submissions.models import Request, State, Submission
from pa_portal.submissions.queries import one, visible_to, with_latest_submission, with_people

OPEN = (State.SUBMITTED, State.PENDED)
# Of requests that "with_clock" or "worklist" went over.
BY_TIME_LEFT = ("due_at", "task_id")
WHOSE = ("all", "mine", "unassigned", "director")


class TimeLeft(NamedTuple):
    """One rule of a plan: hours until a decision is owed. ``own``: the plan set it, ``fixed``: nothing moves it."""

    stage: str
    line_of_business: str
    urgency: str
    hours: int
    fixed: bool
    own: bool


def clock_rules(plan: Organization) -> list[TimeLeft]:
    """Return every rule that holds for a plan, its own before the defaults, in a fixed order."""
    own = {(row.stage, row.line_of_business, row.urgency): row for row in ClockRule.objects.filter(plan=plan)}
    return [
        TimeLeft(*key, (own.get(key) or default).hours, (own.get(key) or default).fixed, key in own)
        for key, default in DEFAULTS.items()
    ]


def tasks_for(user: User) -> QuerySet[Task]:
    """Return every task of a plan, for those who work there; nothing for anyone else. Least time left first."""
    if not user.is_active or user.organization.kind != Organization.Kind.PLAN:
        return Task.objects.none()
    return (
        Task.objects.filter(plan_id=user.organization_id)
        .select_related("request", "appeal", "assignee")
        .order_by("due_at", "id")
    )


def open_tasks(user: User, whose: str = "all") -> QuerySet[Task]:
    """Return the tasks that wait for a decision. ``whose``: "all", "mine", "unassigned", or "director" for those
    where a denial is recommended.
    """
    waiting = Q(stage=Stage.APPEAL) | Q(request__state__in=OPEN)
    return tasks_for(user).filter(waiting & _whose(user, whose), stopped_at__isnull=True)


def overdue_tasks(user: User, *, now: datetime.datetime | None = None) -> QuerySet[Task]:
    """Return the tasks whose deadline is past: none of those whose clock stands still. Decided ones are no concern."""
    return open_tasks(user).filter(due_at__lt=now or timezone.now())


def task_for(user: User, id: uuid.UUID | str) -> Task:
    """Return one task. Raises Task.DoesNotExist alike for one that is missing and one that is not theirs."""
    return one(tasks_for(user), id)


def lock_task(user: User, id: uuid.UUID | str) -> Task:
    """As ``task_for``, locked until the transaction ends."""
    return one(tasks_for(user).select_for_update(of=("self",)), id)


def task_of(request: Request) -> Task | None:
    """Return the task of a request the caller may see, with its assignee; None for a draft."""
    return Task.objects.filter(request=request, stage=Stage.REQUEST).select_related("assignee").first()


def had_a_part(user: User) -> Q:
    """Return the condition on tasks that this person must not decide: their own requests, and appeals against a
    decision that they made, recommended, or whose authorization they made void.
    """
    appealed = Appeal.objects.filter(pk=OuterRef("appeal"))
    part = (
        Q(determination__decided_by=user)
        | Q(determination__answered_recommendation__recommendation__recommended_by=user)
        | Q(determination__authorization__void__voided_by=user)
    )
    return (
        Q(Exists(Request.objects.filter(pk=OuterRef("request"), created_by=user)))
        | Q(Exists(Submission.objects.filter(request=OuterRef("request"), submitted_by=user)))
        | Q(Exists(appealed.filter(part)))
    )


def worklist(user: User, whose: str = "all", *, now: datetime.datetime | None = None) -> QuerySet[Request]:
    """Return the open requests of a reviewer's plan, least time left first, with everything that a queue shows.

    Beside what ``with_clock`` adds: ``recommendation``, ``flags``, ``pathways`` and ``last_submitted_at`` of the latest
    submission. One query; the first page needs no sorting (index "task_due"). Nothing for anyone but reviewers and
    medical directors.
    """
    if user.role not in REVIEWERS:
        return Request.objects.none()
    # All in one call, so that the task is joined once.
    found = visible_to(user).filter(
        _whose(user, whose, "tasks__"),
        state__in=OPEN,
        tasks__stage=Stage.REQUEST,
        tasks__plan=user.organization_id,
        tasks__stopped_at__isnull=True,
    )
    return with_latest_submission(with_people(_annotated(found, "tasks", now))).order_by(*BY_TIME_LEFT)


def with_clock(requests: QuerySet[Request], *, now: datetime.datetime | None = None) -> QuerySet[Request]:
    """Add to each request its clock, in the same query:

    ``due_at``; ``paused_until``, while the clock stands still; ``time_left``, a timedelta that is negative when overdue
    and, once decided, what was left then; ``overdue``; ``assignee_id``, ``assignee_first_name``,
    ``assignee_last_name``; ``awaiting_director``; ``task_id``; and of the task ``task_plan_id``, ``task_stopped_at``,
    ``task_resumes_at``, ``line_of_business``. A filter on these keeps to the one join. All None for a draft;
    ``time_left`` and ``overdue`` for a withdrawn request too.
    """
    joined = requests.annotate(work=FilteredRelation("tasks", condition=Q(tasks__stage=Stage.REQUEST)))
    return _annotated(joined, "work", now)


def _annotated(requests: QuerySet[Request], task: str, now: datetime.datetime | None) -> QuerySet[Request]:
    def of(name: str) -> F:
        return F(f"{task}__{name}")

    moment = Value(now or timezone.now(), output_field=DateTimeField())
    counted = Coalesce(of("stopped_at"), Greatest(moment, Coalesce(of("resumes_at"), moment)))
    left = ExpressionWrapper(of("due_at") - counted, output_field=DurationField())
    return requests.annotate(
        task_id=of("id"),
        task_plan_id=of("plan_id"),
        task_stopped_at=of("stopped_at"),
        task_resumes_at=of("resumes_at"),
        line_of_business=of("line_of_business"),
        due_at=of("due_at"),
        paused_until=Case(
            When(**{f"{task}__stopped_at__isnull": True, f"{task}__resumes_at__gt": moment}, then=of("resumes_at"))
        ),
        time_left=Case(When(~Q(state=State.WITHDRAWN), then=left)),
        overdue=Case(
            When(state=State.WITHDRAWN, then=Value(None)),
            When(**{f"{task}__due_at__lt": counted}, then=Value(True)),
            When(**{f"{task}__due_at__isnull": False}, then=Value(False)),
            output_field=BooleanField(null=True),
        ),
        assignee_id=of("assignee_id"),
        assignee_first_name=of("assignee__first_name"),
        assignee_last_name=of("assignee__last_name"),
        awaiting_director=of("awaiting_director"),
    )


def _whose(user: User, whose: str, prefix: str = "") -> Q:
    chosen = {
        "all": Q(),
        "mine": Q(**{f"{prefix}assignee": user.pk}),
        "unassigned": Q(**{f"{prefix}assignee__isnull": True, f"{prefix}awaiting_director": False}),
        "director": Q(**{f"{prefix}awaiting_director": True}),
    }
    return chosen[whose]
