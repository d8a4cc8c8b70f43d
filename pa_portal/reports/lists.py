"""The list of requests behind a figure: its rows as they are shown, what it is narrowed to, and its pages."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.reports import queries, words
from pa_portal.reports.filters import ANY, BASES, BY_NAME, FILTERS, MADE, OUTCOMES, Filters, Options
from pa_portal.reports.shapes import taken, whole
from pa_portal.submissions.models import RequestType, State, Urgency

PAGE = 25
_OUTCOMES = {choice.value: choice.label for choice in OUTCOMES}


@dataclass(frozen=True, slots=True)
class Item:
    """One request in a list."""

    id: UUID
    reference: str
    organization: str
    kind: str
    expedited: bool
    submitted_on: datetime.date
    state: str
    state_label: str
    outcome: str
    pathways: str
    decided_on: datetime.date | None
    turnaround: str
    late: bool


def item(row: dict[str, Any]) -> Item:
    """Return a row of cases as a list shows it."""
    labels = words.pathways()
    took = row["turnaround_hours"]
    expedited = row["urgency"] == Urgency.EXPEDITED
    return Item(
        id=row["id"],
        reference=row["reference"],
        organization=row["organization"],
        kind=RequestType(row["request_type"]).label,
        expedited=expedited,
        submitted_on=row["submitted_on"],
        state=row["state"],
        state_label=State(row["state"]).label,
        outcome=_OUTCOMES.get(row["outcome"], row["outcome"]),
        pathways="; ".join(labels.get(id, id) for id in row["pathways"]),
        decided_on=row["decided_on"],
        turnaround="" if took is None else taken(took, expedited=expedited),
        late=row["on_time"] is False,
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the requests under the filters. ``count`` and ``units`` are of all of them."""

    items: tuple[Item, ...]
    count: int
    units: int
    number: int
    pages: int

    @property
    def first(self) -> int:
        return (self.number - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1

    @property
    def previous(self) -> int:
        return self.number - 1

    @property
    def next(self) -> int:
        return self.number + 1

    @property
    def count_text(self) -> str:
        return whole(self.count)

    @property
    def units_text(self) -> str:
        return whole(self.units)


def page(user: User, filters: Filters, number: str) -> Page:
    """Return one page, newest requests first; the nearest there is to ``number``, which may be any text."""
    found = queries.totals(user, filters)
    pages = max(1, -(-found["requests"] // PAGE))
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 1
    at = min(max(wanted, 1), pages)
    rows = queries.page(user, filters, offset=(at - 1) * PAGE, limit=PAGE)
    return Page(tuple(map(item, rows)), found["requests"], int(found["units"]), at, pages)


def latest(user: User, filters: Filters, most: int) -> tuple[Item, ...]:
    """Return the newest requests, without counting them all."""
    return tuple(map(item, queries.page(user, filters, offset=0, limit=most)))


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that a list is narrowed to, and the query without it."""

    label: str
    value: str
    without: str


def chips(filters: Filters, options: Options) -> Iterator[Chip]:
    """Yield what the list is narrowed to besides its days."""
    for one in FILTERS:
        if value := filters.chosen.get(one.name):
            label = next((choice.label for choice in options[one.name] if choice.value == value), value)
            yield Chip(one.label, label, filters.having(**{one.name: ""}).query())


def said(filters: Filters, options: Options) -> list[tuple[str, str]]:
    """Return what a list is narrowed to as pairs of what and which, for the file made from it."""
    basis = {**dict(BASES), MADE: "Made"}[filters.by]
    days_chosen = "All" if filters.start is None else f"{filters.start.isoformat()} to {filters.end}"
    made = timezone.localtime(filters.now)
    return [
        ("Made", f"{made:%Y-%m-%d %H:%M} {made:%Z}"),
        ("Days", days_chosen if filters.by == ANY else f"{days_chosen}, {basis.lower()}"),
        *((BY_NAME[chip_name].label, label) for chip_name, label in _chosen(filters, options)),
    ]


def _chosen(filters: Filters, options: Options) -> Iterator[tuple[str, str]]:
    for name, value in filters.chosen.items():
        yield name, next((choice.label for choice in options[name] if choice.value == value), value)


def presets(filters: Filters) -> Iterator[tuple[str, str]]:
    """Yield common choices of days: a name, and the query that keeps the rest."""
    today = timezone.localdate(filters.now)
    month = today.replace(day=1)
    last_month = (month - datetime.timedelta(days=1)).replace(day=1)
    year = today.replace(month=1, day=1)
    for name, start, end in (
        ("Last 30 days", today - datetime.timedelta(days=29), today),
        ("Last 90 days", today - datetime.timedelta(days=89), today),
        ("Last month", last_month, month - datetime.timedelta(days=1)),
        ("This year", year, today),
        ("Last year", year.replace(year=year.year - 1), year - datetime.timedelta(days=1)),
    ):
        yield name, filters.between(start, end).query()
