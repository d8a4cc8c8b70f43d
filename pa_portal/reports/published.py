"""The prior authorization measures of a year, as health plans publish them: 42 CFR 422.122(c), from CMS-0057-F.

That rule is about items and services and leaves drugs out; the measures are offered because plans want them for drugs
too. They go by the first decision. An approval of less than was asked counts as denied, since part of it was.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from criteria import catalog
from pa_portal.accounts.models import User
from pa_portal.reports import daily
from pa_portal.reports.counts import COUNTS, unpacked, unpacked_hours
from pa_portal.reports.dashboard import list_url
from pa_portal.reports.filters import DECIDED, Filters
from pa_portal.reports.queries import decision_years
from pa_portal.reports.shapes import Number, percent, whole
from pa_portal.submissions.models import LineOfBusiness, Urgency

STANDARD, EXPEDITED = (Urgency.STANDARD.value,), (Urgency.EXPEDITED.value,)
BOTH = STANDARD + EXPEDITED
ALL = ""

_DECIDED = "decided in the year"
_FULL = "whose first decision approved everything that was asked"
_ADVERSE = "whose first decision denied them, or approved less than was asked"


@dataclass(frozen=True, slots=True)
class Share:
    """A measure that divides one count by another. ``others`` are what else published reports divide by."""

    number: int
    title: str
    urgencies: tuple[str, ...]
    over: str
    numerator: str
    under: str = "decided"
    denominator: str = ""
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Time:
    """A measure of how long decisions took, in ``unit``."""

    number: int
    title: str
    urgencies: tuple[str, ...]
    unit: str
    hours: int


def _share(number: int, kind: str, what: str, over: str, numerator: str, **more: Any) -> Share:
    urgencies = STANDARD if kind == "Standard" else EXPEDITED
    said = f"{kind} requests"
    return Share(
        number, f"{said} {what}", urgencies, over, f"{said} {numerator}", denominator=f"{said} {_DECIDED}", **more
    )


MEASURES: Final[tuple[Share | Time, ...]] = (
    _share(2, "Standard", "approved", "full", _FULL),
    _share(3, "Standard", "denied", "adverse", _ADVERSE),
    _share(
        4,
        "Standard",
        "approved after appeal",
        "after_appeal",
        f"{_ADVERSE}, and that an appeal then approved in full",
        others=(("adverse", "of those denied at first"), ("adverse_appealed", "of those denied at first and appealed")),
    ),
    Share(
        5,
        "Requests with the time extended, then approved",
        BOTH,
        "extended_full",
        f"Requests, standard and expedited, {_FULL}, after the time for it was extended",
        denominator=f"Requests, standard and expedited, {_DECIDED}",
        others=(("extended", "of those with the time extended"),),
    ),
    _share(6, "Expedited", "approved", "full", _FULL),
    _share(7, "Expedited", "denied", "adverse", _ADVERSE),
    Time(8, "Time to decide standard requests", STANDARD, "days", 24),
    Time(9, "Time to decide expedited requests", EXPEDITED, "hours", 1),
)


@dataclass(frozen=True, slots=True)
class Group:
    """The counts and turnarounds of one line of business under one urgency."""

    counts: Mapping[str, int]
    hours: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Result:
    """One value of a measure, leading to its numerator (or to what was timed), and its denominator where that is named
    nowhere else.
    """

    label: str
    value: Number
    of: Number | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One measure as the page shows it. ``parts`` are numerator and denominator, of the first result."""

    number: int
    title: str
    numerator: str
    denominator: str
    parts: tuple[Number, ...]
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """What the decisions of one year give, for each line of business and for all together (ALL)."""

    year: int
    user: User
    groups: Mapping[tuple[str, str], Group]

    def rows(self, business: str = ALL) -> tuple[Row, ...]:
        """Return measures 2 to 9 for a line of business."""
        return tuple(self._row(measure, business) for measure in MEASURES)

    def compared(self) -> list[tuple[str, list[Number]]]:
        """Return each measure's main results with those of every line of business beside all of them."""
        columns = [self.rows(business) for business, _ in businesses()]
        return [
            (
                f"{rows[0].number}. {rows[0].title}{f', {result.label}' if result.label else ''}",
                [row.results[place].value for row in rows],
            )
            for rows in zip(*columns, strict=True)
            for place, result in enumerate(rows[0].results)
        ]

    def file(self) -> Iterator[tuple[object, ...]]:
        """Yield the rows of the file, its heads first."""
        yield (
            "year",
            "line_of_business",
            "number",
            "measure",
            "numerator",
            "denominator",
            "value",
            "unit",
            "definition",
        )
        for business, label in businesses():
            for measure in MEASURES:
                yield from self._lines(measure, business, label)

    def _lines(self, measure: Share | Time, business: str, label: str) -> Iterator[tuple[object, ...]]:
        group = self._group(measure.urgencies, business)
        if isinstance(measure, Time):
            for name, value in (("mean", _mean(group.hours)), ("median", _median(group.hours))):
                found = "" if value is None else round(value / measure.hours, 4)
                title = f"{measure.title}, {name}"
                yield (self.year, label, measure.number, title, "", group.hours.size, found, measure.unit, _TIME)
            return
        for under, said in ((measure.under, ""), *measure.others):
            over, of = group.counts[measure.over], group.counts[under]
            title = f"{measure.title}, {said}" if said else measure.title
            meaning = f"{measure.numerator}, divided by: {said or measure.denominator}"
            yield (
                self.year,
                label,
                measure.number,
                title,
                over,
                of,
                round(100 * over / of, 4) if of else "",
                "%",
                meaning,
            )

    def _row(self, measure: Share | Time, business: str) -> Row:
        group = self._group(measure.urgencies, business)
        if isinstance(measure, Time):
            decided = self._number(group, "decided", measure, business)
            times = []
            for name, value in (("mean", _mean(group.hours)), ("median", _median(group.hours))):
                text = "–" if value is None else f"{value / measure.hours:,.1f} {measure.unit}"
                times.append(Result(name, replace(decided, text=text)))
            return Row(measure.number, measure.title, _TIME, "", (decided,), tuple(times))
        over, under = (self._number(group, name, measure, business) for name in (measure.over, measure.under))

        def share(of: str) -> Number:
            return replace(over, text=percent(group.counts[measure.over], group.counts[of]))

        results = [Result("", share(measure.under))]
        results += [Result(said, share(of), self._number(group, of, measure, business)) for of, said in measure.others]
        return Row(measure.number, measure.title, measure.numerator, measure.denominator, (over, under), tuple(results))

    def _number(self, group: Group, name: str, measure: Share | Time, business: str) -> Number:
        """Return a count, leading to its list."""
        chosen = {**COUNTS[name], "business": business}
        if len(measure.urgencies) == 1:
            chosen["urgency"] = measure.urgencies[0]
        count = group.counts[name]
        return Number(whole(count), list_url(_filters(self.year).having(**chosen)) if count else "", measure.title)

    def _group(self, urgencies: tuple[str, ...], business: str) -> Group:
        found = [
            group for (of, urgency), group in self.groups.items() if urgency in urgencies and business in (ALL, of)
        ]
        return Group(
            {name: sum(group.counts[name] for group in found) for name in COUNTS},
            np.concatenate([np.empty(0), *(group.hours for group in found)]),
        )


_TIME = "From the first submission to the first decision, waiting for information included."


def businesses() -> list[tuple[str, str]]:
    """Return the lines of business with their labels, all of them together first."""
    return [(ALL, "All lines of business"), *((value, str(label)) for value, label in LineOfBusiness.choices)]


def items() -> list[str]:
    """Return what needs prior authorization here, which is measure 1: each policy's drug and its billing code."""
    latest = [catalog.latest(policy_id) for policy_id in catalog.policy_ids()]
    return [f"{one.drug.brand} ({one.drug.generic}), HCPCS {one.hcpcs.code}, policy {one.id}" for one in latest]


def years(user: User) -> list[int]:
    """Return the years with a decision, the latest first; this year if there is none."""
    return decision_years(user)


def published(user: User, year: int) -> Year:
    """Work out the measures of one year for this manager."""
    groups = {}
    for _, _, business, urgency, *sums in daily.read(user, _filters(year), keys=("business", "urgency"), facets=False):
        groups[business, urgency] = Group(unpacked(bytes(sums[-2] or b"")), unpacked_hours(bytes(sums[-1] or b"")))
    return Year(year, user, groups)


def _filters(year: int) -> Filters:
    return Filters(DECIDED, datetime.date(year, 1, 1), datetime.date(year, 12, 31))


def _mean(hours: NDArray[np.float64]) -> float | None:
    return float(hours.mean()) if hours.size else None


def _median(hours: NDArray[np.float64]) -> float | None:
    return float(np.median(hours)) if hours.size else None
