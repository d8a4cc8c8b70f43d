"""National Provider Identifiers as a field's validator."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from criteria.npi import valid


def npi(value: str) -> None:
    """Refuse a number that is not 10 digits with a right check digit. Raises ValidationError."""
    if not valid(value):
        raise ValidationError(
            "This is not a valid NPI. Enter the 10 digits as issued; the last one checks the others.", code="npi"
        )
