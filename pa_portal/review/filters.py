"""The queue's filters. Their values name states and kinds, never a patient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest

from pa_portal.review import words
from pa_portal.review.queue import OPEN
from pa_portal.review.views.common import user_of
from pa_portal.submissions.models import RequestType, State, Urgency

# No state of its own: a request stays open while a recommended denial waits for a medical director.
RECOMMENDED = "recommended"


class _Filter(SimpleListFilter):
    """A filter by the values of ``column``. It ignores a value that it does not know, as if there were none."""

    column: str
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
        if self.value() == RECOMMENDED:
            return queryset.filter(proposed=True, state__in=OPEN)
        if self.value() or request.GET.get(SEARCH_VAR):
            return super().queryset(request, queryset)
        return queryset.filter(state__in=OPEN)

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
    column = "recommendation"
    pairs = tuple((outcome, said.word) for outcome, said in words.OUTCOMES.items())


class WhoseFilter(SimpleListFilter):
    """The reader's own requests, those that nobody has, or all."""

    title = "Assigned to"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> tuple[tuple[str, str], ...]:
        return (("mine", "Me"), ("unassigned", "Nobody"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "mine":
            return queryset.filter(assignee_id=user_of(request).pk)
        if self.value() == "unassigned":
            return queryset.filter(assignee_id__isnull=True)
        return queryset

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        everything, *others = super().choices(changelist)
        yield {**everything, "display": "Anybody"}
        yield from others


FILTERS = (WhoseFilter, StateFilter, UrgencyFilter, TypeFilter, RecommendationFilter)
