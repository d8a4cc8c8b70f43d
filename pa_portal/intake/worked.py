"""Numbers that a chart does not hold as such: months between two dates, and a result over its upper limit of normal.

A clinician may give what the chart does hold. Only the number is kept: what it was worked out from is not.
"""

from __future__ import annotations

import datetime
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from functools import lru_cache

from criteria.dates import renewal_date
from criteria.derived import Resistance
from criteria.facts import Fact
from criteria.policy import Policy
from pa_portal.intake.dates import read_date, show_date
from pa_portal.intake.numbers import NotANumber, read_number, show_number

MULTIPLE = "× ULN"
EARLIEST = datetime.date(1900, 1, 1)
_HUNDREDTH = Decimal("0.01")


class Unworkable(ValueError):
    """A part is missing or cannot be used. ``part`` is its suffix; the message says how to put it right."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part


@dataclass(frozen=True, slots=True)
class Worked:
    """A number worked out, and how, in a sentence."""

    value: int | float
    how: str


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two things typed instead of the number."""

    suffix: str
    label: str
    hint: str
    inputmode: str


@dataclass(frozen=True, slots=True)
class Way:
    """Another way to give the number that ``fact`` asks for. ``offer`` names it, ``parts`` are what is typed."""

    fact: Fact
    offer: str
    parts: tuple[Part, Part]

    @abstractmethod
    def work_out(self, first: str, second: str, *, today: datetime.date) -> Worked:
        """Work the number out from both parts as typed. Raises ``Unworkable``."""


@lru_cache(maxsize=32)
def ways(policy: Policy) -> Mapping[str, Way]:
    """The facts of a policy that can be given in another way: months to progression, and multiples of a limit."""
    found: dict[str, Way] = {}
    for derived in policy.derived.values():
        if isinstance(derived, Resistance):
            fact = policy.facts[dict(derived.inputs)["months"]]
            found[fact.name] = FromDates(fact, "Give the two dates instead", _DATES)
    for fact in policy.facts.values():
        if fact.unit == MULTIPLE:
            found[fact.name] = FromResult(
                fact, "Give the result and its upper limit instead", _result_parts(fact.label)
            )
    return found


_TYPED_DATE = "Month, day and year, such as 03/14/2025"
_DATES = (
    Part("from", "Date of the last dose", _TYPED_DATE, "numeric"),
    Part("to", "Date of progression", _TYPED_DATE, "numeric"),
)


def _result_parts(label: str) -> tuple[Part, Part]:
    return (
        Part("result", f"{label} result", "As the laboratory reports it", "decimal"),
        Part("limit", f"Upper limit of normal for {label}", "In the same unit", "decimal"),
    )


class FromDates(Way):
    """Calendar months from the last dose to progression; the days left over count as a part of their month."""

    def work_out(self, first: str, second: str, *, today: datetime.date) -> Worked:
        start = _date("from", "last dose", first, today)
        end = _date("to", "progression", second, today)
        if end < start:
            raise Unworkable("to", "Progression lies before the last dose. Check both dates.")
        months = (end.year - start.year) * 12 + end.month - start.month
        if renewal_date(start, months) > end:
            months -= 1
        reached = renewal_date(start, months)
        days, length = (end - reached).days, (renewal_date(start, months + 1) - reached).days
        value = Decimal(months) + Decimal(days) / length
        span = f"From {show_date(start)} to {show_date(end)}: {_count(months, 'month')}"
        if not days:
            return Worked(months, f"{span}.")
        number = _rounded_up(value)
        return Worked(
            number,
            f"{span} and {_count(days, 'day')} of a month of {length} days, so {months} + {days}/{length} = "
            f"{show_number(number)} months, rounded up.",
        )


class FromResult(Way):
    """A laboratory result divided by its upper limit of normal.

    Rounded up to hundredths, so that nothing above a limit is rounded to it.
    """

    def work_out(self, first: str, second: str, *, today: datetime.date) -> Worked:
        result, limit = _number("result", "result", first), _number("limit", "upper limit of normal", second)
        if limit == 0:
            raise Unworkable("limit", "The upper limit of normal must be more than 0.")
        exact = result / limit
        number = _rounded_up(exact)
        rounded = "" if Decimal(str(number)) == exact else ", rounded up"
        division = f"{show_number(result)} ÷ {show_number(limit)} = {show_number(number)} {MULTIPLE}{rounded}"
        return Worked(number, f"{self.fact.label}: {division}.")


def _date(part: str, name: str, typed: str, today: datetime.date) -> datetime.date:
    if not typed.strip():
        raise Unworkable(part, f"Enter the date of the {name}, or clear the other date.")
    day = read_date(typed)
    if day is None:
        raise Unworkable(part, "Enter a real date as month, day and year, such as 03/14/2025.")
    if not EARLIEST <= day <= today:
        raise Unworkable(part, f"Enter a date between {show_date(EARLIEST)} and today.")
    return day


def _number(part: str, name: str, typed: str) -> Decimal:
    if not typed.strip():
        raise Unworkable(part, f"Enter the {name}, or clear the other number.")
    try:
        return Decimal(str(read_number(typed)))
    except NotANumber:
        raise Unworkable(part, f"Enter the {name} in digits only, such as 38 or 0.9.") from None


def _rounded_up(value: Decimal) -> int | float:
    number = value.quantize(_HUNDREDTH, ROUND_UP)
    return int(number) if number == number.to_integral_value() else float(number)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
