"""Checking what was typed before it is stored, field by field."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model

from pa_portal.accounts import text

EARLIEST_BIRTH = datetime.date(1900, 1, 1)
A_YEAR = datetime.timedelta(days=366)


def fill(record: Model, data: Mapping[str, Any], fields: Collection[str], required: Collection[str] = ()) -> None:
    """Set ``fields`` of ``record`` from ``data``, then check them.

    Text loses the space around it. A field that ``data`` does not hold keeps its value; keys outside ``fields`` are
    ignored. Raises ValidationError with a message for each field at fault.
    """
    errors: dict[str, Any] = {}
    for name in fields:
        if name in data:
            setattr(record, name, _tidy(record, name, data[name]))
        if name in required and getattr(record, name) in (None, ""):
            errors[name] = f"Enter the {_field(record, name).verbose_name}."
    others = {field.name for field in record._meta.fields} - set(fields) | errors.keys()
    try:
        record.clean_fields(exclude=others)
    except ValidationError as error:
        errors |= error.message_dict
    if errors:
        raise ValidationError(errors)


def _tidy(record: Model, name: str, value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if value is None and not _field(record, name).null:
        return "" if _field(record, name).empty_strings_allowed else None
    return value


def _field(record: Model, name: str) -> Field[Any, Any]:
    field = record._meta.get_field(name)
    assert isinstance(field, Field)
    return field


def long_text(name: str, value: str, length: int = 4000) -> str:
    """Return a text of several lines without the space around it. Raises ValidationError for ``name``."""
    tidy = value.strip()
    for check in text.long_text(length):
        try:
            check(tidy)
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from error
    return tidy


def born(day: datetime.date, today: datetime.date) -> None:
    """Refuse a date of birth before 1900 or in the future. Raises ValidationError by field."""
    if not EARLIEST_BIRTH <= day <= today:
        raise ValidationError({"date_of_birth": "Enter a date of birth from 1900 up to today."})


def near(name: str, day: datetime.date, today: datetime.date) -> None:
    """Refuse a date more than a year from today, which is a typing error. Raises ValidationError for ``name``."""
    if abs(day - today) > A_YEAR:
        raise ValidationError({name: "Enter a date within a year of today."})
