"""Days, weeks and months that are over. Days are local dates; a week begins on Monday."""

from __future__ import annotations

import datetime

from pa_portal.exports.models import Frequency

ONE_DAY = datetime.timedelta(days=1)


def last_day(frequency: str, today: datetime.date) -> datetime.date:
    """Return the last day of the period that ended most recently before ``today``."""
    match Frequency(frequency):
        case Frequency.DAILY:
            return today - ONE_DAY
        case Frequency.WEEKLY:
            return today - datetime.timedelta(days=today.weekday() + 1)
        case Frequency.MONTHLY:
            return today.replace(day=1) - ONE_DAY


def next_day(frequency: str, covered_to: datetime.date) -> datetime.date:
    """Return the day on which the next file is made: the first after the period that follows ``covered_to``."""
    day = covered_to + ONE_DAY
    match Frequency(frequency):
        case Frequency.DAILY:
            return day + ONE_DAY
        case Frequency.WEEKLY:
            return day + datetime.timedelta(days=7 - day.weekday())
        case Frequency.MONTHLY:
            return (day.replace(day=1) + datetime.timedelta(days=31)).replace(day=1)
