"""The requests of a reviewer's plan with what their latest submission says: a constant number of queries."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from pa_portal.accounts.models import REVIEWERS, User
from pa_portal.determinations.models import Appeal, Authorization, Determination, Stage
from pa_portal.determinations.queries import overdue_tasks, unread, with_clock, with_unread
from pa_portal.review import clock, words
from pa_portal.review.clock import Left
from pa_portal.review.lists import AHEAD
from pa_portal.review.words import Said
from pa_portal.submissions.models import LineOfBusiness, Request, State, Submission
from pa_portal.submissions.queries import policy_of, visible_to, with_latest_submission

OPEN = (State.SUBMITTED, State.PENDED)
# Least time left first, among those whose clock runs or is paused; of all others, the newest.
ORDER = ("due_at", "id")
NEWEST = ("-submitted_at", "id")
MOST_FOUND = 50


def listed(reviewer: User) -> QuerySet[Request]:
    """Return every request sent to a reviewer's plan, with its clock and assignee, as ``with_clock`` adds them: what
    lists filter and sort by.
    """
    return with_clock(visible_to(reviewer))


def requests_of(reviewer: User) -> QuerySet[Request]:
    """Return what ``listed`` does, with everything that a row shows. For a few rows: each looks up several others.

    Beside the clock each carries what ``with_latest_submission`` adds, ``sent``, the patient as submitted (the frozen
    words, never what the provider has typed since), ``respond_by``, the day by which the provider was last asked to
    answer, ``unread``, ``appeal_open``, and ``void``, that the only authorizations it has are no longer in force.
    ``Row`` puts them in words.
    """
    latest = Submission.objects.filter(request=OuterRef("pk")).order_by("-number")
    asked = Determination.objects.filter(request=OuterRef("pk"), decision="pended").order_by("-number")
    authorizations = Authorization.objects.filter(request=OuterRef("pk"))
    found = with_latest_submission(listed(reviewer).select_related("organization"))
    return with_unread(reviewer, found).annotate(
        sent=Subquery(latest.values("content__patient")[:1]),
        respond_by=Subquery(asked.values("respond_by")[:1]),
        appeal_open=Exists(Appeal.objects.filter(request=OuterRef("pk"), outcome=None)),
        void=Exists(authorizations.filter(status=Authorization.Status.VOID))
        & ~Exists(authorizations.filter(status=Authorization.Status.ACTIVE)),
    )


def open_ones(reviewer: User, requests: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of ``listed`` that wait for a decision. What it says of their clock is what the index holds."""
    return requests.filter(state__in=OPEN, task_plan_id=reviewer.organization_id, task_stopped_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Pressing:
    """How many requests are overdue, how many appeals, and how many requests hold a message that nobody here has read.

    In words, since none is counted beyond 200; empty for none.
    """

    overdue: str
    appeals: str
    unread: str


def pressing(reviewer: User) -> Pressing:
    """Count them, in three queries."""
    late = overdue_tasks(reviewer)
    return Pressing(
        _counted(late.filter(stage=Stage.REQUEST)),
        _counted(late.filter(stage=Stage.APPEAL)),
        _counted(unread(reviewer).values("request").distinct()),
    )


def _counted(found: QuerySet[Any]) -> str:
    many = found.order_by()[: AHEAD + 1].count()
    return f"More than {AHEAD}" if many > AHEAD else str(many or "")


def colleagues(user: User) -> QuerySet[User]:
    """Return the reviewers and medical directors of a person's plan, by name: whom a request can be given to."""
    return clinicians(user.organization_id)


def clinicians(plan_id: uuid.UUID | None) -> QuerySet[User]:
    """Return the reviewers and medical directors of a plan, by name."""
    people = User.objects.filter(organization=plan_id, role__in=REVIEWERS, is_active=True)
    return people.order_by("last_name", "first_name", "id")


def find(reviewer: User, words_typed: str) -> list[Request]:
    """Return the requests of a reviewer's plan whose patient's name or member ID holds every word, newest first."""
    found = visible_to(reviewer)
    for word in words_typed.split():
        found = found.filter(
            Q(patient__first_name__icontains=word)
            | Q(patient__last_name__icontains=word)
            | Q(patient__member_id__icontains=word)
        )
    keys = list(found.order_by(*NEWEST).values_list("pk", flat=True)[:MOST_FOUND])
    return list(requests_of(reviewer).filter(pk__in=keys).order_by(*NEWEST))


@dataclass(frozen=True, slots=True)
class Row:
    """One request of ``requests_of``, as the queue shows it."""

    request: Any

    @property
    def patient(self) -> str:
        """The initial of the first name and the last name: enough to tell rows apart."""
        sent = self.request.sent
        return f"{sent['first_name'][:1]}. {sent['last_name']}"

    @property
    def full_name(self) -> str:
        return f"{self.request.sent['first_name']} {self.request.sent['last_name']}"

    @property
    def date_of_birth(self) -> datetime.date:
        return datetime.date.fromisoformat(self.request.sent["date_of_birth"])

    @property
    def recommendation(self) -> Said:
        return words.OUTCOMES[self.request.recommendation]

    @property
    def flags(self) -> tuple[str, ...]:
        """What needs a second look, in a few words each."""
        sent, policy = self.request.sent, policy_of(self.request)
        return tuple(
            label
            for label, raised in (
                *((policy.flags[name].label, True) for name in self.request.flags),
                ("Code not covered", not self.request.covered),
                (f"Over {policy.dosing.max_units} units", not self.request.within_limit),
                ("Medicare member", sent["line_of_business"] == LineOfBusiness.MEDICARE),
            )
            if raised
        )

    @property
    def beside(self) -> tuple[str, ...]:
        """What the state alone does not say."""
        said = (("Appeal open", self.request.appeal_open), ("Authorization void", self.request.void))
        return tuple(label for label, true in said if true)

    @property
    def left(self) -> Left:
        """The time left on the clock; empty once decided."""
        return clock.of_row(self.request)

    @property
    def assignee(self) -> str:
        """Who has it; empty for nobody."""
        return f"{self.request.assignee_first_name or ''} {self.request.assignee_last_name or ''}".strip()

    @property
    def waiting(self) -> str:
        """What a pended request waits for; empty for any other."""
        if self.request.state == State.PENDED and self.request.respond_by:
            due = f"{self.request.respond_by:%b} {self.request.respond_by.day}"
            return f"Answer was due {due}" if self.overdue else f"Answer due {due}"
        return ""

    @property
    def overdue(self) -> bool:
        """Whether the day for the provider's answer has passed."""
        return (
            self.request.state == State.PENDED
            and self.request.respond_by is not None
            and self.request.respond_by < timezone.localdate()
        )
