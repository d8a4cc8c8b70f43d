"""Rows of a model's table, collected and written with COPY. The columns come from the model, so new ones follow."""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.db import connection, models


def _text(value: Any) -> str:
    """Return a value as COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    return str(value)


def _escaped(text: str) -> str:
    for character, written in (("\\", r"\\"), ("\n", r"\n"), ("\r", r"\r"), ("\t", r"\t")):
        if character in text:
            text = text.replace(character, written)
    return text


def _json(value: Any) -> str:
    """Return a value as COPY reads it into a column of JSON."""
    return _text(json.dumps(value, ensure_ascii=False, allow_nan=False))


class Rows:
    """Rows for one model. What is not given has the model's default; a number that the database draws is left to it."""

    def __init__(self, model: type[models.Model]) -> None:
        drawn = (models.AutoField, models.GeneratedField)
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, drawn)]
        self.table = model._meta.db_table
        self.columns = tuple(str(field.column) for field in fields)
        self._fields = tuple(
            (field.attname, _json if isinstance(field, models.JSONField) else _text, field.get_default)
            for field in fields
        )
        self.lines: list[str] = []

    def put(self, row: models.Model, **texts: str) -> None:
        """Add a row as it stands; ``texts`` replace single values, for JSON that is text already."""
        values = row.__dict__
        self._add([_text(texts[name]) if name in texts else write(values[name]) for name, write, _ in self._fields])

    def add(self, **values: Any) -> None:
        """Add a row of these values by their columns' names; the rest has the model's defaults."""
        self._add(
            [write(values[name]) if name in values else write(default()) for name, write, default in self._fields]
        )

    def _add(self, texts: list[str]) -> None:
        self.lines.append("\t".join(texts) + "\n")

    def write(self) -> None:
        """Write what was collected, in the caller's transaction, and forget it."""
        if not self.lines:
            return
        columns = ", ".join(f'"{name}"' for name in self.columns)
        stage = f"new_{self.table}"
        with connection.cursor() as cursor:
            # COPY goes into no table that has walls; INSERT does.
            same = f'SELECT {columns} FROM "{self.table}"'  # noqa: S608 (no values)
            cursor.execute(f'CREATE TEMP TABLE "{stage}" ON COMMIT DROP AS {same} WITH NO DATA')
            with cursor.copy(f'COPY "{stage}" ({columns}) FROM STDIN') as copy:
                copy.write("".join(self.lines))
            cursor.execute(f'INSERT INTO "{self.table}" ({columns}) SELECT {columns} FROM "{stage}"')  # noqa: S608
            cursor.execute(f'DROP TABLE "{stage}"')
        self.lines.clear()
