"""Numbers as people type them, read strictly: digits and one decimal point, nothing guessed."""

from __future__ import annotations

import re
from decimal import Decimal

_NUMBER = re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")


class NotANumber(ValueError):
    """The text is not a plain number."""


def read_number(text: str, *, whole: bool = False, unit: str = "") -> int | float:
    """Read "2", "2.40", ".5" or, with its ``unit`` typed after it, "12 %". Raises ``NotANumber`` for anything else.

    Exponents, signs, thousands separators, NaN and infinity are refused. ``whole`` refuses a fraction.
    """
    plain = text.strip()
    if unit and plain.endswith(unit):
        plain = plain.removesuffix(unit).strip()
    if not _NUMBER.fullmatch(plain):
        raise NotANumber
    number = Decimal(plain)
    if number == number.to_integral_value():
        return int(number)
    if whole:
        raise NotANumber
    return float(number)


def show_number(number: float | Decimal | None) -> str:
    """Write a number without needless zeros: 12.0 as "12", 2.40 as "2.4"; "" for ``None``."""
    if number is None:
        return ""
    text = format(Decimal(str(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
