"""Migrations go back as well, but never over records: what a step back would delete is said, and the step refused.

Most steps delete none: they set aside what earlier code has no place for (``audit.set_aside``).

Records come back from a backup, not from a migration.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.management.base import CommandError
from django.db import connections, models, transaction
from django.db.migrations import Migration
from django.db.migrations.operations import AddField, CreateModel

from pa_portal.audit.set_aside import ANYWAY, SetAside

PREFIX = "pa_portal."
# Drawn from the records (`manage.py cases` does it again), or of no use after a day.
DRAWN = ("answers", "case", "casefacts", "changed", "code", "day", "packed")
EXPENDABLE = frozenset({"accounts.session", *(f"reports.{name}" for name in DRAWN)})

REFUSAL = (
    "Going back over {migration} would delete records: {losses}. Nothing was changed. To go back to an earlier version "
    "of the portal, restore a backup that it made; docs/operations.md says how. {anyway}=yes deletes them."
)


def refuse_to_delete_records(*, plan: Sequence[tuple[Migration, bool]], using: str, **_: Any) -> None:
    """``pre_migrate``: raise CommandError where a step back drops a table with rows, or a column with values."""
    if os.environ.get(ANYWAY) == "yes":
        return
    for migration, backwards in plan:
        asked = backwards and _ours(migration) and not any(isinstance(each, SetAside) for each in migration.operations)
        losses = list(_losses(migration, using)) if asked else []
        if losses:
            raise CommandError(REFUSAL.format(migration=migration, losses=", ".join(losses), anyway=ANYWAY))


def _ours(migration: Migration) -> bool:
    return type(migration).__module__.startswith(PREFIX)


def _records(migration: Migration) -> Iterator[CreateModel | AddField]:
    """Yield what a migration made room for that is nowhere else."""
    for operation in migration.operations:
        if isinstance(operation, CreateModel):
            model = operation.name_lower
        elif isinstance(operation, AddField) and not isinstance(operation.field, models.GeneratedField):
            model = operation.model_name_lower
        else:
            continue
        if f"{migration.app_label}.{model}" not in EXPENDABLE:
            yield operation


def _losses(migration: Migration, using: str) -> Iterator[str]:
    label = migration.app_label
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT set_config('portal.system', 'migrate', true)")
        for operation in _records(migration):
            if isinstance(operation, CreateModel):
                table = operation.options.get("db_table", f"{label}_{operation.name_lower}")
                cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 (a name of our own)
                [(rows,)] = cursor.fetchall()
                if rows:
                    yield f"{rows} rows of {table}"
            else:
                table, column = f"{label}_{operation.model_name_lower}", _column(operation)
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" WHERE "{column}"::text <> ALL (%s)',  # noqa: S608
                    [_nothing(operation.field)],
                )
                [(values,)] = cursor.fetchall()
                if values:
                    yield f"{values} values of {table}.{column}"


def _column(operation: AddField) -> str:
    return f"{operation.name}_id" if isinstance(operation.field, models.ForeignKey) else operation.name


def _nothing(field: models.Field) -> list[str]:
    """What a column holds, as text, where nobody has put anything into it."""
    default = field.default if field.has_default() and not callable(field.default) else ""
    return ["", "{}", "[]", str(default).lower() if isinstance(default, bool) else str(default)]
