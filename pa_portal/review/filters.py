"""The queue's filters. Their values name states and kinds, never a patient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from criteria import catalog
from criteria.policy import Policy
from pa_portal.determinations.queries import unread
from pa_portal.review import words
from pa_portal.review.clock import SOON
from pa_portal.review.queue import OPEN, open_ones
from pa_portal.review.views.common import user_of
from pa_portal.submissions.models import FLAGGED, LineOfBusiness, RequestType, State, Urgency
from pa_portal.submissions.queries import whose_latest

# No state of its own: a request stays open while a recommended denial waits for a medical director.
RECOMMENDED = "recommended"


class _Filter(SimpleListFilter):
    """A filter by the values of ``column``. It ignores a value that it does not know, as if there were none.

    ``folded``: long, so that its choices show once somebody unfolds it.
    """

    column: str
    folded = False
    pairs: tuple[tuple[str, str], ...]

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return self.pairs

    def value(self) -> str | None:
        chosen = super().value()
        return chosen if chosen in dict(self.pairs) else None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return queryset.filter(**{self.column: chosen}) if chosen else queryset


class StateFilter(_Filter):
    """Open requests, unless another state or a reference number is asked for."""

    title = "State"
    parameter_name = "state"
    column = "state"
    pairs = (
        (State.SUBMITTED.value, "To decide"),
        (RECOMMENDED, "Denial recommended"),
        *((state.value, str(state.label)) for state in (State.PENDED, State.APPROVED, State.DENIED, State.WITHDRAWN)),
    )

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        mine = user_of(request)
        if self.value() == RECOMMENDED:
            return open_ones(mine, queryset).filter(awaiting_director=True)
        if self.value() in OPEN:
            return open_ones(mine, queryset).filter(state=self.value())
        if self.value() or request.GET.get(SEARCH_VAR):
            return super().queryset(request, queryset)
        # A message may come long after the decision.
        return queryset if request.GET.get(MessageFilter.parameter_name) else open_ones(mine, queryset)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        everything, *others = super().choices(changelist)
        yield {**everything, "display": "All open"}
        yield from others


class UrgencyFilter(_Filter):
    title = "Urgency"
    parameter_name = "urgency"
    column = "urgency"
    pairs = tuple((choice.value, str(choice.label)) for choice in (Urgency.EXPEDITED, Urgency.STANDARD))


class TypeFilter(_Filter):
    title = "Type"
    parameter_name = "type"
    column = "request_type"
    pairs = tuple((choice.value, str(choice.label)) for choice in RequestType)


class RecommendationFilter(_Filter):
    title = "Recommendation"
    parameter_name = "recommendation"
    pairs = tuple((outcome, said.word) for outcome, said in words.OUTCOMES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return whose_latest(queryset, Q(outcome=chosen)) if chosen else queryset


class BusinessFilter(_Filter):
    title = "Line of business"
    parameter_name = "business"
    column = "line_of_business"
    folded = True
    pairs = tuple((choice.value, str(choice.label)) for choice in LineOfBusiness)


class TimeFilter(_Filter):
    """What presses, and what stands still."""

    title = "Time left"
    parameter_name = "time"
    pairs = (("overdue", "Overdue"), ("soon", "Under 24 hours"), ("paused", "Paused"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        match self.value():
            case "overdue":
                return open_ones(user_of(request), queryset).filter(due_at__lt=now)
            case "soon":
                running = open_ones(user_of(request), queryset).filter(
                    Q(task_resumes_at__isnull=True) | Q(task_resumes_at__lte=now)
                )
                return running.filter(due_at__range=(now, now + SOON))
            case "paused":
                return open_ones(user_of(request), queryset).filter(task_resumes_at__gt=now)
        return queryset


def _policies() -> Iterator[Policy]:
    """Every version of every policy, the oldest first, so that the newest words for something stand."""
    return (policy for policy_id in catalog.policy_ids() for policy in catalog.versions(policy_id))


class PathwayFilter(_Filter):
    """The pathways that a request meets."""

    title = "Pathway met"
    parameter_name = "pathway"
    folded = True

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:  # type: ignore[override]
        return tuple({node.id: node.label for policy in _policies() for node in policy.pathways}.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        return whose_latest(queryset, Q(pathways__contains=[chosen])) if chosen else queryset


class FlagFilter(_Filter):
    """What needs a second look: the policy's own flags, then coverage and dose."""

    title = "Flags"
    parameter_name = "flag"
    folded = True

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:  # type: ignore[override]
        flags = {flag.id: flag.label for policy in _policies() for flag in policy.flags.values()}
        return (("any", "Any"), *flags.items(), ("code", "Code not covered"), ("units", "Over the limit of units"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset
            case "code":
                says = Q(covered=False)
            case "units":
                says = Q(within_limit=False)
            case "any":
                says = Q()
            case flag:
                says = Q(flags__contains=[flag])
        # Said of each, so that Postgres looks among the few in the index.
        return whose_latest(queryset, FLAGGED & says)


class MessageFilter(_Filter):
    """Requests with a message that nobody of the plan has read, decided ones too."""

    title = "Messages"
    parameter_name = "messages"
    pairs = (("new", "New"),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return queryset.filter(pk__in=unread(user_of(request)).values("request"))


class WhoseFilter(SimpleListFilter):
    """The reader's own requests, those that nobody has, or all."""

    title = "Assigned to"
    parameter_name = "whose"
    folded = False
    column = "assignee_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("mine", "Me"), ("unassigned", "Nobody"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mine":
            return queryset.filter(**{self.column: user_of(request).pk})
        if self.value() == "unassigned":
            return queryset.filter(**{f"{self.column}__isnull": True})
        return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        everything, *others = super().choices(changelist)
        yield {**everything, "display": "Anybody"}
        yield from others


class AppealWhoseFilter(WhoseFilter):
    column = "task__assignee"


APPEAL_FILTERS = (AppealWhoseFilter, UrgencyFilter)
FILTERS = (
    WhoseFilter,
    StateFilter,
    TimeFilter,
    UrgencyFilter,
    TypeFilter,
    RecommendationFilter,
    MessageFilter,
    BusinessFilter,
    FlagFilter,
    PathwayFilter,
)
