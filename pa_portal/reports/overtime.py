"""The chart of requests over time: stacked columns, worked out here so that the page needs no script to draw them."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pa_portal.reports.filters import DECIDED, Filters
from pa_portal.reports.shapes import Cell, Chart, Line, Mark, Number, Segment, Table, place, whole

SERIES = (("approved", "Approved"), ("denied", "Denied"), ("open", "Open"), ("withdrawn", "Withdrawn"))
_GAP = 0.3  # of a column's room
_MOST_LABELS, _MOST_SPARSE = 14, 4


def chart(rows: Mapping[str, Mapping[str, Any]], filters: Filters, unit: str, link: Callable[[Filters], str]) -> Chart:
    """Draw ``rows`` (counts by the first day of their period, as ISO text) between the days of ``filters``."""
    assert filters.start is not None
    assert filters.end is not None
    periods = [
        (max(first, filters.start), min(last, filters.end), rows.get(first.isoformat(), {}))
        for first, last in _periods(filters.start, filters.end, unit)
    ]
    series = [one for one in SERIES if filters.by != DECIDED or one[0] in ("approved", "denied")]
    top = _top(max((row.get("received", 0) for _, _, row in periods), default=0))
    room = 100 / len(periods)
    segments = []
    for position, (first, last, row) in enumerate(periods):
        base = 0.0
        for name, label in series:
            count = row.get(name, 0)
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


def _table(
    periods: list[tuple[datetime.date, datetime.date, Mapping[str, Any]]],
    series: list[tuple[str, str]],
    filters: Filters,
    unit: str,
    link: Callable[[Filters], str],
) -> Table:
    def cells(first: datetime.date, last: datetime.date, row: Mapping[str, Any]) -> Iterator[Cell]:
        here = filters.between(first, last)
        for name, label in (("received", "All"), *series):
            count, chosen = row.get(name, 0), {} if name == "received" else {"state": name}
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
    """Return the day that Postgres's date_trunc gives."""
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


def _ticks(periods: list[tuple[datetime.date, datetime.date, Any]], unit: str, room: float) -> Iterator[Mark]:
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
    if unit == "week" or first.day != 1 or (last + datetime.timedelta(days=1)).day != 1:
        return f"{first:%b} {first.day} to {last:%b} {last.day}, {last.year}"
    return _short(first, unit)
