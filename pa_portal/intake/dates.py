"""Dates as US staff type and read them."""

from __future__ import annotations

import datetime
import re

_US = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{4})")


def read_date(text: str) -> datetime.date | None:
    """Read 3/14/1961, 03-14-1961, 03141961 or 1961-03-14; ``None`` for anything that is not a real date."""
    plain = text.strip()
    if match := _ISO.fullmatch(plain):
        year, month, day = match.groups()
    elif match := (_US.fullmatch(plain) or _DIGITS.fullmatch(plain)):
        month, day, year = match.groups()
    else:
        return None
    try:
        return datetime.date(int(year), int(month), int(day))
    except ValueError:
        return None


def show_date(day: datetime.date) -> str:
    """Write a date as it is typed here: 03/14/1961."""
    return f"{day.month:02}/{day.day:02}/{day.year:04}"
