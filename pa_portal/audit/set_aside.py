"""Migration operations by which a step back loses nothing: what earlier code has no place for is set aside.

What a step forward made room for is copied to tables called ``aside_…`` when the step is taken back, and put where it
was when it is taken again. No login of the portal's may read them, and a backup holds them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.migrations.operations import AddConstraint, AddField, AlterField, CreateModel, RemoveConstraint
from django.db.migrations.operations.base import Operation

# Where this is "yes" (``upkeep.going_back``), what earlier code has no place for is deleted instead.
ANYWAY = "DELETE_RECORDS_WHEN_GOING_BACK"


class SetAside(Operation):
    """Keep the rows of tables that a migration makes, and the values of columns that it adds, while it is not applied.

    Made of the migration's operations, as the last of them: the first on the way back, when all is still there.
    """

    reduces_to_sql = False
    reversible = True

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.models = [each.name for each in operations if isinstance(each, CreateModel)]
        self.fields: dict[str, list[str]] = {}
        for each in operations:
            if isinstance(each, AddField) and each.model_name_lower not in {name.lower() for name in self.models}:
                self.fields.setdefault(each.model_name_lower, []).append(each.name)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing: the tables are those of the operations before."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        with schema_editor.connection.cursor() as cursor:
            places = [each for each in self._places(app_label, to_state) if _there(cursor, each[1])]
            # What refuses changes of such rows would refuse this one, and may name columns that are yet to come.
            for table, *_ in places:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            # New foreign keys hold at once, and the tables hang on one another.
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for table, aside, columns, key in places:
                names = ", ".join(columns)
                if key:
                    values = ", ".join(f"a.{name}" for name in columns)
                    cursor.execute(
                        f"UPDATE {table} t SET ({names}) = ROW ({values}) FROM {aside} a "  # noqa: S608 (names of our own)
                        f"WHERE a.{key} = t.{key}"
                    )
                else:
                    cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {aside}")  # noqa: S608
                    _count_on(cursor, table)
                cursor.execute(f"DROP TABLE {aside}")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for table, *_ in places:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if os.environ.get(ANYWAY) == "yes":
            return
        with schema_editor.connection.cursor() as cursor:
            for table, aside, columns, key in self._places(app_label, from_state):
                cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608 (names of our own)
                if cursor.fetchone()[0]:
                    names = ", ".join([key, *columns] if key else columns)
                    cursor.execute(f"CREATE TABLE {aside} AS SELECT {names} FROM {table}")  # noqa: S608

    def describe(self) -> str:
        return "Put back what was set aside"

    def _places(self, app_label: str, state: Any) -> Iterator[tuple[str, str, list[str], str]]:
        """Yield table, where it is set aside, the columns, and the key where the rows are there and lack values."""
        for name in self.models:
            meta = state.apps.get_model(app_label, name)._meta
            yield meta.db_table, f"aside_{meta.db_table}", [f'"{each.column}"' for each in meta.concrete_fields], ""
        for name, fields in self.fields.items():
            meta = state.apps.get_model(app_label, name)._meta
            columns = [f'"{meta.get_field(each).column}"' for each in fields]
            yield meta.db_table, f"aside_{meta.db_table}_{fields[0]}", columns, f'"{meta.pk.column}"'


def _there(cursor: Any, table: str) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
    return bool(cursor.fetchone()[0])


def _count_on(cursor: Any, table: str) -> None:
    """Let new rows have numbers after those that came back, where the key is one."""
    cursor.execute(
        "SELECT pg_get_serial_sequence(%s, column_name) FROM information_schema.columns "
        "WHERE table_name = %s AND column_name = 'id' AND is_identity = 'YES'",
        [table, table],
    )
    for (sequence,) in cursor.fetchall():
        cursor.execute(f"SELECT setval(%s, (SELECT max(id) FROM {table}))", [sequence])  # noqa: S608


class WidenCheck(RemoveConstraint):
    """Remove a check that a wider one of the same name follows. Going back, rows that only the wider allows stay.

    The narrower one holds again for whatever is written from then on.
    """

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        state = to_state.models[app_label, self.model_name_lower]
        model = to_state.apps.get_model(app_label, self.model_name)
        sql = state.get_constraint_by_name(self.name).create_sql(model, schema_editor)
        schema_editor.execute(f"{sql} NOT VALID", params=None)


class LoosenUnique(RemoveConstraint):
    """Remove a unique constraint that a looser one of the same name follows (``KeptLoose``).

    Going back, the looser one stays where there are rows that the stricter would refuse.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
        schema_editor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {self.name}")
        schema_editor.execute(f"DROP INDEX IF EXISTS {self.name}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        meta = to_state.apps.get_model(app_label, self.model_name)._meta
        strict = to_state.models[app_label, self.model_name_lower].get_constraint_by_name(self.name)
        columns = ", ".join(meta.get_field(name).column for name in strict.fields)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                f"SELECT EXISTS (SELECT FROM {meta.db_table} WHERE row({columns}) IS NOT NULL "  # noqa: S608
                f"GROUP BY {columns} HAVING count(*) > 1)"
            )
            [(refused,)] = cursor.fetchall()
        if not refused:
            schema_editor.execute(f"DROP INDEX {self.name}")
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class KeptLoose(AddConstraint):
    """Add the looser constraint, which ``LoosenUnique`` finds there on the way back."""

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Nothing: ``LoosenUnique`` says what becomes of it."""


class StaysNullable(AlterField):
    """Let a column hold nothing. Going back, it still may: rows where it does are there."""

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Nothing: earlier code fills it for whatever it writes."""
