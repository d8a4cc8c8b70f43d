"""The chart of requests over time: stacked columns, worked out here so that the page needs no script to draw them."""

from __future__ import annotations

import datetime
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pa_portal.reports.filters import DECIDED, Filters
from pa_portal.reports.shapes import Cell, Chart, Line, Mark, Number, Segment, Table, place, whole

SERIES = (("approved", "Approved"), ("denied", "Denied"), ("open", "Open"), ("withdrawn", "Withdrawn"))
# The first and the last day of a period, and its counts: ``received``, and each of the series.
Period = tuple[datetime.date, datetime.date, Counter[str]]

_GAP = 0.3  # of a column's room
_MOST_LABELS, _MOST_SPARSE = 14, 4


_UNITS = (("day", 31), ("week", 26 * 7), ("month", 3 * 366), ("quarter", 6 * 366), ("year", 100 * 366))


def unit_for(start: datetime.date, end: datetime.date) -> str:
    """Return how finely to divide the days from ``start`` to ``end``: "day", "week", "month", "quarter" or "year"."""
    days = (end - start).days + 1
    return next(name for name, most in _UNITS if days <= most)


def chart(days: Iterable[Mapping[str, Any]], filters: Filters, link: Callable[[Filters], str]) -> Chart:
    """Draw ``days`` (``key``, an ISO day; how many were ``received``; each series) between those of ``filters``."""
    assert filters.start is not None
    assert filters.end is not None
    unit = unit_for(filters.start, filters.end)
    rows = _by_period(days, unit)
    periods: list[Period] = [
        (max(first, filters.start), min(last, filters.end), rows.get(first, Counter()))
        for first, last in _periods(filters.start, filters.end, unit)
    ]
    series = [one for one in SERIES if filters.by != DECIDED or one[0] in ("approved", "denied")]
    top = _top(max((row["received"] for _, _, row in periods), default=0))
    room = 100 / len(periods)
    segments = []
    for position, (first, last, row) in enumerate(periods):
        base = 0.0
        for name, label in series:
            count = row[name]
            if not count:
                continue
            height = 100 * count / top
            segments.append(
                Segment(
                    place(room * (position + _GAP / 2)),
                    place(100 - base - height),
                    place(room * (1 - _GAP)),
                    place(height),
                    name,
                    f"{_span(first, last, unit)}: {whole(count)} {label.lower()}",
                )
            )
            base += height
    return Chart(
        title="Decisions over time" if filters.by == DECIDED else "Requests over time",
        definition=f"Requests by the {unit} in which they were "
        f"{'decided' if filters.by == DECIDED else 'submitted'}, and how they stand now.",
        summary=f"Stacked columns, one for each {unit}. The table below the chart holds the same numbers.",
        segments=tuple(segments),
        ticks=tuple(_ticks(periods, unit, room)),
        lines=tuple(Mark(place(100 - 100 * value / top), whole(value)) for value in (0, top / 2, top)),
        legend=tuple(series),
        table=_table(periods, series, filters, unit, link),
    )


def _by_period(days: Iterable[Mapping[str, Any]], unit: str) -> dict[datetime.date, Counter[str]]:
    """Return the counts of each period by its first day: ``received``, and each of the series."""
    rows: dict[datetime.date, Counter[str]] = {}
    for row in days:
        counts = rows.setdefault(_first(datetime.date.fromisoformat(row["key"]), unit), Counter())
        counts.update({name: row[name] for name in ("received", *(name for name, _ in SERIES))})
    return rows


def _table(
    periods: list[Period],
    series: list[tuple[str, str]],
    filters: Filters,
    unit: str,
    link: Callable[[Filters], str],
) -> Table:
    def cells(first: datetime.date, last: datetime.date, row: Counter[str]) -> Iterator[Cell]:
        here = filters.between(first, last)
        for name, label in (("received", "All"), *series):
            count, chosen = row[name], {} if name == "received" else {"state": name}
            of = f"{label}, {_span(first, last, unit)}"
            yield Cell(Number(whole(count), link(here.having(**chosen)) if count else "", of))

    return Table(
        id="periods",
        title="",
        definition="",
        heads=(unit.capitalize(), "All", *(label for _, label in series)),
        lines=tuple(Line(_span(first, last, unit), tuple(cells(first, last, row))) for first, last, row in periods),
    )


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


def _top(most: int) -> int:
    """Return where the axis ends: an even number, 1, 2 or 5 times a power of ten, at least ``most``."""
    if most <= 2:
        return 2
    power = 10 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= most)


def _ticks(periods: list[Period], unit: str, room: float) -> Iterator[Mark]:
    """Yield labels under the columns, no more than fit; a few of them ``sparse``."""
    every = math.ceil(len(periods) / _MOST_LABELS)
    rare = every * max(1, math.ceil(len(periods) / every / _MOST_SPARSE))
    for position in range(0, len(periods), every):
        first = periods[position][0]
        yield Mark(place(room * (position + 0.5)), _short(first, unit), sparse=position % rare == 0)


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
