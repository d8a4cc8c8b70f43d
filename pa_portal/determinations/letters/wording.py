"""How dates, numbers, names and sections are written in a letter. The same on every machine, whatever its locale."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def long_date(day: date) -> str:
    """`date(2026, 3, 1)` as "March 1, 2026"."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def section(cite: str) -> str:
    """A citation as it reads in a sentence: "III" as "section III"; "Appendix 1" stays."""
    return cite if cite.casefold().startswith(("section", "appendix")) else f"section {cite}"


def quantity(number: int, unit: str) -> str:
    """A whole number with its unit: "1 dose", "1,080 units"."""
    return f"{number:,} {unit if number == 1 else unit + 's'}"


def milligrams(amount: Decimal) -> str:
    """A dose, to the tenth of a milligram: "72.0 mg"."""
    return f"{amount:,.1f} mg"


def with_credentials(name: str, credentials: str) -> str:
    """ "Ana Ruiz, MD", or the name alone."""
    return f"{name}, {credentials}" if credentials else name
