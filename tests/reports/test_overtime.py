"""The chart over time: periods, their edges, and a scale that fits."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from pa_portal.reports.filters import Filters
from pa_portal.reports.overtime import chart, unit_for

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
    drawn = chart(one_each_day(begin, finish), filters, lambda found: found.query())
    lines = drawn.table.lines
    assert (len(lines), lines[0].head, lines[-1].head) == (columns, first, last)
    counts = [int(line.cells[0].number.text.replace(",", "")) for line in lines]
    assert sum(counts) == (finish - begin).days + 1
    assert len(drawn.segments) == columns
    # Each number leads to exactly the days it counts.
    for line, count in zip(lines, counts, strict=True):
        query = dict(pair.split("=") for pair in line.cells[0].number.url.split("&"))
        assert (day(query["to"]) - day(query["from"])).days + 1 == count


@pytest.mark.parametrize("most", [0, 1, 2, 3, 5, 9, 10, 11, 41, 99, 100, 101, 999, 12345, 1_000_000])
def test_columns_fit_under_the_top_line(most: int) -> None:
    begin = day("2026-03-10")
    drawn = chart([counted(begin, denied=most)], Filters("submitted", begin, begin), str)
    top = int(drawn.lines[-1].text.replace(",", ""))
    assert top >= max(most, 1)
    assert top <= max(2, 2.5 * most)
    assert drawn.lines[1].text == f"{top // 2:,}"
    for segment in drawn.segments:
        assert 0 <= float(segment.y.rstrip("%")) <= 100
        assert float(segment.height.rstrip("%")) == pytest.approx(100 * most / top, abs=0.01)


def test_parts_of_a_column_stand_on_each_other() -> None:
    begin = day("2026-03-10")
    rows = [counted(begin, approved=2, denied=2, open=4, withdrawn=2)]
    drawn = chart(rows, Filters("submitted", begin, begin), str)
    assert [segment.tone for segment in drawn.segments] == ["approved", "denied", "open", "withdrawn"]
    assert [segment.height for segment in drawn.segments] == ["20%", "20%", "40%", "20%"]
    assert [segment.y for segment in drawn.segments] == ["80%", "60%", "20%", "0%"]


def test_labels_are_few_enough_to_read() -> None:
    drawn = chart([], Filters("submitted", day("2026-03-01"), day("2026-03-31")), str)
    assert len(drawn.ticks) <= 14
    assert 2 <= sum(tick.sparse for tick in drawn.ticks) <= 4
