"""Requests over time: the periods, and their edges."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from pa_portal.reports.filters import Filters
from pa_portal.reports.overtime import over_time, unit_for

DAY = datetime.timedelta(days=1)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def counted(key: datetime.date, **counts: int) -> dict[str, Any]:
    """A day's row: so many of each series."""
    none = dict.fromkeys(("approved", "denied", "open", "withdrawn"), 0)
    return {"key": key.isoformat(), "received": sum(counts.values()), **none, **counts}


def one_each_day(start: datetime.date, end: datetime.date) -> Iterator[dict[str, Any]]:
    for count in range((end - start).days + 1):
        yield counted(start + count * DAY, approved=1)


@pytest.mark.parametrize(
    ("start", "end", "unit", "columns", "first", "last"),
    [
        ("2026-03-10", "2026-03-10", "day", 1, "Mar 10, 2026", "Mar 10, 2026"),
        ("2026-03-01", "2026-03-31", "day", 31, "Mar 1, 2026", "Mar 31, 2026"),
        ("2026-03-04", "2026-04-15", "week", 7, "Mar 4 to Mar 8, 2026", "Apr 13 to Apr 15, 2026"),
        ("2025-11-15", "2026-06-10", "month", 8, "Nov 15 to Nov 30, 2025", "Jun 1 to Jun 10, 2026"),
        ("2025-01-01", "2026-12-31", "month", 24, "Jan 2025", "Dec 2026"),
        ("2021-02-01", "2026-01-31", "quarter", 21, "Feb 1 to Mar 31, 2021", "Jan 1 to Jan 31, 2026"),
        ("2000-01-01", "2099-12-31", "year", 100, "2000", "2099"),
    ],
)
def test_periods_cover_the_days_chosen_and_no_others(
    start: str, end: str, unit: str, columns: int, first: str, last: str
) -> None:
    begin, finish = day(start), day(end)
    assert unit_for(begin, finish) == unit
    filters = Filters("submitted", begin, finish)
    lines = over_time(one_each_day(begin, finish), filters, lambda found: found.query()).lines
    assert (len(lines), lines[0].head, lines[-1].head) == (columns, first, last)
    counts = [int(line.cells[0].number.text.replace(",", "")) for line in lines]
    assert sum(counts) == (finish - begin).days + 1
    # Each number leads to exactly the days it counts.
    for line, count in zip(lines, counts, strict=True):
        query = dict(pair.split("=") for pair in line.cells[0].number.url.split("&"))
        assert (day(query["to"]) - day(query["from"])).days + 1 == count
