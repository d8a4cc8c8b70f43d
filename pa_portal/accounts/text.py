"""Text that people type: what can be stored and printed, and how to say that something cannot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

_BREAKS = frozenset("\n\r\t")
_POSTAL_CODE = re.compile(r"\d{5}(-\d{4})?")
_PHONE = re.compile(r"[0-9+().\-/ x]+")


def _refuse(value: str, allowed: frozenset[str]) -> None:
    for position, character in enumerate(value, start=1):
        if unicodedata.category(character) in ("Cc", "Cs") and character not in allowed:
            raise ValidationError(
                "Character %(position)d cannot be stored. Delete it, or type the text again instead of pasting it.",
                code="control_character",
                params={"position": position},
            )


def one_line(value: str) -> None:
    """Refuse control characters, line breaks, NUL and lone surrogates; every script and symbol is otherwise welcome.

    Raises ValidationError, naming the place and not the text.
    """
    _refuse(value, frozenset())


def several_lines(value: str) -> None:
    """As ``one_line``, but line breaks and tabs may stay."""
    _refuse(value, _BREAKS)


def phone(value: str) -> None:
    """Refuse what cannot be dialled: 10 to 15 digits, with the usual punctuation. Raises ValidationError."""
    one_line(value)
    digits = sum(character.isdecimal() for character in value)
    if not _PHONE.fullmatch(value) or not 10 <= digits <= 15:
        raise ValidationError("Enter a phone number with its area code, such as 804-555-0134.", code="phone")


def postal_code(value: str) -> None:
    """Refuse anything but a ZIP code of 5 digits, or 5 and 4. Raises ValidationError."""
    if not _POSTAL_CODE.fullmatch(value):
        raise ValidationError("Enter a ZIP code such as 23219 or 23219-1234.", code="postal_code")


def long_text(length: int) -> list[Callable[[str], None]]:
    """Return the validators of a text of several lines with at most ``length`` characters."""
    return [several_lines, MaxLengthValidator(length)]
