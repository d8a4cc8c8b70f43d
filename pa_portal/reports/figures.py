"""The dashboard's numbers. ``figures`` adds up the requests of the days chosen (see ``daily``); ``standing`` counts
what is open or authorized today, whatever the day of the request.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from pa_portal.accounts.models import User
from pa_portal.determinations.models import Task
from pa_portal.reports import daily
from pa_portal.reports.cases import Sql
from pa_portal.reports.counts import COUNTS, STANDING, condition_of, unpacked, unpacked_hours
from pa_portal.reports.filters import DUE_DAYS, LAPSED_DAYS, NOBODY, TOOK, TOOK_MOST, Filters
from pa_portal.reports.queries import fetch, select

# The two halves of the figures of today, by whether a figure is of renewals: what a half is counted from, and the
# columns needed for it. Each has an index of its own, which no statement about both would use.
_STANDING: Final = {
    False: ("c.state IN ('submitted', 'pended')", "c.state, c.urgency, c.submitted_at, c.due_at"),
    True: (
        # Put as the index puts it.
        "c.authorization_status = 'active' AND (NOT c.renewal_approved OR c.renewal_approved IS NULL) AND "
        f"c.valid_through BETWEEN %(today)s::date - {LAPSED_DAYS} AND %(today)s::date + {DUE_DAYS}",
        "c.authorization_status, c.start, c.valid_through, c.renewal_date, c.renewal_requested, c.renewal_approved",
    ),
}
# The counts of a day that the chart over time draws.
_OVER_TIME: Final = ("received", "approved", "denied", "open", "withdrawn")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by their names in COUNTS or STANDING, and the rows of the tables, each by its ``key``."""

    counts: Mapping[str, int]
    tables: Mapping[str, tuple[dict[str, Any], ...]]

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        return {row["key"]: row for row in self.tables[table]}


@dataclass(frozen=True, slots=True)
class _Sum:
    """One row of ``daily.read``."""

    facet: str
    value: str
    day: datetime.date | None
    urgency: str | None
    sums: Mapping[str, int]
    counts: Mapping[str, int]
    hours: bytes


def figures(user: User, filters: Filters) -> Figures:
    """Work out the figures of the requests under ``filters``."""
    found = [
        _Sum(
            facet,
            value,
            day,
            urgency,
            dict(zip(daily.SUMS, sums, strict=True)),
            unpacked(bytes(counts or b"")),
            bytes(hours or b""),
        )
        for facet, value, day, urgency, *sums, counts, hours in daily.read(user, filters)
    ]
    whole = [one for one in found if not one.facet]
    hours = _hours(whole)
    parts: dict[str, list[_Sum]] = {}
    for one in found:
        parts.setdefault(one.facet, []).append(one)
    return Figures(
        {name: sum(one.counts[name] for one in whole) for name in COUNTS},
        {
            "units": ({"units": sum(one.sums["units"] for one in whole)},),
            "days": tuple(_days(whole)),
            "turnaround": tuple(_turnaround(hours, whole)),
            "took": tuple(_took(hours)),
            "reviewers": tuple(_reviewers(parts.get("reviewer", ()))),
            **{
                table: tuple(_as_decided(parts.get(facet, ())))
                for table, facet in (("pathways", "pathway"), ("policies", "policy"), ("organizations", "organization"))
            },
            "reasons": tuple({"key": one.value, "denied": one.sums["received"]} for one in parts.get("reason", ())),
        },
    )


def _days(whole: Iterable[_Sum]) -> Iterable[dict[str, Any]]:
    days: dict[datetime.date, list[_Sum]] = {}
    for one in whole:
        assert one.day is not None
        days.setdefault(one.day, []).append(one)
    for day, rows in sorted(days.items()):
        yield {"key": day.isoformat(), **{name: sum(one.counts[name] for one in rows) for name in _OVER_TIME}}


def _hours(whole: Iterable[_Sum]) -> dict[str, NDArray[np.float64]]:
    """Return the turnarounds of each urgency that has any."""
    found: dict[str, list[bytes]] = {}
    for one in whole:
        if one.urgency and one.hours:
            found.setdefault(one.urgency, []).append(one.hours)
    return {urgency: unpacked_hours(b"".join(parts)) for urgency, parts in found.items()}


def _turnaround(hours: Mapping[str, NDArray[np.float64]], whole: Iterable[_Sum]) -> Iterable[dict[str, Any]]:
    on_time = Counter[str | None]()
    for one in whole:
        on_time[one.urgency] += one.counts["on_time"]
    for urgency, own in hours.items():
        median, ninetieth = np.quantile(own, (0.5, 0.9))
        yield {
            "key": urgency,
            "decided": own.size,
            "mean": float(own.mean()),
            "median": float(median),
            "ninetieth": float(ninetieth),
            "on_time": on_time[urgency],
        }


def _took(hours: Mapping[str, NDArray[np.float64]]) -> Iterable[dict[str, Any]]:
    """Yield how many turnarounds of each urgency fall under each of TOOK."""
    for urgency, own in hours.items():
        places = np.searchsorted(TOOK_MOST, np.ceil(own / 24), side="left")
        counts = np.bincount(places, minlength=len(TOOK)).tolist()
        yield {"key": urgency, **{choice.value: count for choice, count in zip(TOOK, counts, strict=True)}}


def _reviewers(rows: Iterable[_Sum]) -> Iterable[dict[str, Any]]:
    for one in rows:
        yield {
            "key": one.value,
            "decided": one.sums["received"],
            "approved": one.sums["first_approved"],
            "denied": one.sums["first_denied"],
            "against": one.sums["against"],
            "late": one.sums["late"],
            "median": float(np.median(unpacked_hours(one.hours))),
        }


def _as_decided(rows: Iterable[_Sum]) -> Iterable[dict[str, Any]]:
    for one in rows:
        yield {"key": one.value, **{name: one.sums[name] for name in ("received", "approved", "denied")}}


def standing(user: User, filters: Filters) -> Figures:
    """Work out the figures of today, what is open and what is due for renewal; the days of ``filters`` do not count."""
    counts: dict[str, int] = {}
    for of_renewals, (condition, columns) in _STANDING.items():
        source = select(user, filters.undated(), columns, f"AND {condition}")
        named = {
            name: condition_of(chosen) for name, chosen in STANDING.items() if ("renewal" in chosen) is of_renewals
        }
        values = [f'count(*) FILTER (WHERE {one.text}) AS "{name}"' for name, one in named.items()]
        given = {name: value for one in named.values() for name, value in one.params.items()}
        with transaction.atomic(), connection.cursor() as cursor:
            # Compiling so long a statement takes longer than running it.
            cursor.execute("SET LOCAL jit = off")
            (row,) = fetch(
                Sql(
                    f"SELECT {', '.join(values)} FROM ({source.text}) c",  # noqa: S608 (no values)
                    {**source.params, **given},
                )
            )
        counts |= {name: int(row[name]) for name in named}
    return Figures({name: counts[name] for name in STANDING}, {})


def workload(user: User, filters: Filters) -> dict[str, dict[str, int]]:
    """Return how many requests are ``open`` and ``overdue`` today by who they are assigned to (NOBODY for no one)."""
    source = select(user, filters.undated().having(state="open"), "c.id, c.due_at")
    rows = fetch(
        Sql(
            f"SELECT coalesce(t.assignee_id::text, '{NOBODY}') AS key, count(*) AS open, "  # noqa: S608 (no values)
            f"count(*) FILTER (WHERE c.due_at < %(now)s) AS overdue FROM ({source.text}) c "
            f"LEFT JOIN {Task._meta.db_table} t "
            "ON t.request_id = c.id AND t.stage = 'request' AND t.stopped_at IS NULL GROUP BY 1",
            source.params,
        )
    )
    return {row["key"]: {"open": row["open"], "overdue": row["overdue"]} for row in rows}
