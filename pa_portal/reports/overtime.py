"""Requests over time: the periods that the days chosen fall into, as a chart and its numbers."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pa_portal.reports import charts
from pa_portal.reports.filters import DECIDED, Filters
from pa_portal.reports.shapes import Cell, Line, Number, Table, whole

SERIES = (("approved", "Approved"), ("denied", "Denied"), ("open", "Open"), ("withdrawn", "Withdrawn"))
# The first and the last day of a period, and its counts: ``received``, and each of the series.
Period = tuple[datetime.date, datetime.date, Counter[str]]

_UNITS = (("day", 31), ("week", 26 * 7), ("month", 3 * 366), ("quarter", 6 * 366), ("year", 100 * 366))


def unit_for(start: datetime.date, end: datetime.date) -> str:
    """Return how finely to divide the days from ``start`` to ``end``: "day", "week", "month", "quarter" or "year"."""
    days = (end - start).days + 1
    return next(name for name, most in _UNITS if days <= most)


def over_time(days: Iterable[Mapping[str, Any]], filters: Filters, link: Callable[[Filters], str]) -> Table:
    """Return ``days`` (``key``, an ISO day; how many were ``received``; each series) between those of ``filters``."""
    assert filters.start is not None
    assert filters.end is not None
    unit = unit_for(filters.start, filters.end)
    rows = _by_period(days, unit)
    periods: list[Period] = [
        (max(first, filters.start), min(last, filters.end), rows.get(first, Counter()))
        for first, last in _periods(filters.start, filters.end, unit)
    ]
    decided = filters.by == DECIDED
    series = [one for one in SERIES if not decided or one[0] in ("approved", "denied")]
    title = "Decisions by date" if decided else "Requests over time"
    return Table(
        id="periods",
        title=title,
        definition=f"Requests by the {unit} in which they were {'first decided' if decided else 'submitted'}, and how "
        "they stand now.",
        heads=(unit.capitalize(), "All", *(label for _, label in series)),
        lines=tuple(_lines(periods, series, filters, unit, link)),
        drawing=charts.columns(
            title,
            [_short(first, unit) for first, _, _ in periods],
            [_span(first, last, unit) for first, last, _ in periods],
            [charts.Series(name, label, tuple(row[name] for _, _, row in periods)) for name, label in series],
            "requests",
        ),
        folded=True,
    )


def _by_period(days: Iterable[Mapping[str, Any]], unit: str) -> dict[datetime.date, Counter[str]]:
    """Return the counts of each period by its first day: ``received``, and each of the series."""
    rows: dict[datetime.date, Counter[str]] = {}
    for row in days:
        counts = rows.setdefault(_first(datetime.date.fromisoformat(row["key"]), unit), Counter())
        counts.update({name: row[name] for name in ("received", *(name for name, _ in SERIES))})
    return rows


def _lines(
    periods: list[Period],
    series: list[tuple[str, str]],
    filters: Filters,
    unit: str,
    link: Callable[[Filters], str],
) -> Iterator[Line]:
    def cells(first: datetime.date, last: datetime.date, row: Counter[str]) -> Iterator[Cell]:
        here = filters.between(first, last)
        for name, label in (("received", "All"), *series):
            count, chosen = row[name], {} if name == "received" else {"state": name}
            of = f"{label}, {_span(first, last, unit)}"
            yield Cell(Number(whole(count), link(here.having(**chosen)) if count else "", of))

    for first, last, row in periods:
        yield Line(_span(first, last, unit), tuple(cells(first, last, row)))


def _periods(start: datetime.date, end: datetime.date, unit: str) -> Iterator[tuple[datetime.date, datetime.date]]:
    """Yield the first and last day of every period that touches the days from ``start`` to ``end``."""
    first = _first(start, unit)
    while first <= end:
        following = _next(first, unit)
        yield first, following - datetime.timedelta(days=1)
        first = following


def _first(day: datetime.date, unit: str) -> datetime.date:
    """Return the first day of the period that ``day`` is in; weeks begin on Monday."""
    if unit == "day":
        return day
    if unit == "week":
        return day - datetime.timedelta(days=day.weekday())
    month = {"month": day.month, "quarter": day.month - (day.month - 1) % 3, "year": 1}[unit]
    return day.replace(month=month, day=1)


def _next(first: datetime.date, unit: str) -> datetime.date:
    if unit in ("day", "week"):
        return first + datetime.timedelta(days=1 if unit == "day" else 7)
    months = first.month - 1 + {"month": 1, "quarter": 3, "year": 12}[unit]
    return datetime.date(first.year + months // 12, months % 12 + 1, 1)


def _short(day: datetime.date, unit: str) -> str:
    if unit in ("day", "week"):
        return f"{day:%b} {day.day}"
    return {"month": f"{day:%b %Y}", "quarter": f"Q{(day.month + 2) // 3} {day.year}", "year": f"{day.year}"}[unit]


def _span(first: datetime.date, last: datetime.date, unit: str) -> str:
    if first == last:
        return f"{first:%b} {first.day}, {first.year}"
    whole_period = first == _first(first, unit) and last + datetime.timedelta(days=1) == _next(first, unit)
    if unit == "week" or not whole_period:
        return f"{first:%b} {first.day} to {last:%b} {last.day}, {last.year}"
    return _short(first, unit)
