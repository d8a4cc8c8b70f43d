"""Dates of an authorization, counted in calendar months (policy IC-0072, section I), and ages."""

from __future__ import annotations

import calendar
import datetime

ONE_DAY = datetime.timedelta(days=1)


def renewal_date(start: datetime.date, months: int = 6) -> datetime.date:
    """``start`` plus calendar months; a day the month lacks becomes its last day (31 August + 6 = 28 February).

    Raises ``ValueError`` past the year 9999.
    """
    years, month0 = divmod(start.month - 1 + months, 12)
    year = start.year + years
    last = calendar.monthrange(year, month0 + 1)[1]
    return datetime.date(year, month0 + 1, min(start.day, last))


def valid_through(start: datetime.date, months: int = 6) -> datetime.date:
    """The last day an authorization from ``start`` covers: the day before its renewal date."""
    return renewal_date(start, months) - ONE_DAY


def age_in_years(born: datetime.date, as_of: datetime.date) -> int:
    """Completed years. Someone born on 29 February completes a year on 1 March of a year without that day."""
    return as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))
