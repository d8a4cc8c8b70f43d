"""The words and icons of verdicts, recommendations and dates, the same on every page of the review."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from criteria.verdict import MET, NOT_MET, Verdict


@dataclass(frozen=True, slots=True)
class Said:
    """A state in words. ``state`` picks icon and colour: met, unmet, open or closed."""

    state: str
    word: str


OUTCOMES: dict[str, Said] = {
    "meets": Said("met", "Meets criteria"),
    "does_not_meet": Said("unmet", "Criteria not met"),
    "insufficient_information": Said("open", "Not established"),
}


def verdict(value: Verdict) -> Said:
    """One criterion's verdict in words."""
    if value is MET:
        return Said("met", "Met")
    if value is NOT_MET:
        return Said("unmet", "Not met")
    return Said("open", "Not established")


NOT_ASKED = Said("closed", "Not asked")


def section(cite: str) -> str:
    """A citation as it stands beside a criterion: "III" as "Section III"; "Appendix 1" stays."""
    return cite if cite.casefold().startswith(("section", "appendix")) else f"Section {cite}"


def show_date(day: datetime.date) -> str:
    """A date as it is typed here: 03/14/2026."""
    return f"{day.month:02}/{day.day:02}/{day.year:04}"


def long_date(day: datetime.date) -> str:
    """A date as it is read: "March 4, 2026"."""
    return f"{day:%B} {day.day}, {day.year}"
