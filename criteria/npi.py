"""National Provider Identifier: ten digits whose last is a Luhn check digit over the prefix 80840 (45 CFR 162.406)."""

from __future__ import annotations

import re

_TEN_DIGITS = re.compile(r"[12][0-9]{9}")


def valid(text: str) -> bool:
    """Whether ``text`` is ten digits, starting with 1 or 2, with a correct check digit."""
    if not _TEN_DIGITS.fullmatch(text):
        return False
    total = 24  # what the prefix 80840 adds
    for position, character in enumerate(reversed(text)):
        digit = int(character)
        if position % 2:
            digit = digit * 2 - 9 if digit > 4 else digit * 2
        total += digit
    return total % 10 == 0
