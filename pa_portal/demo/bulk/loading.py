"""Writing rows by the million: COPY straight into the tables, with indexes and references made afterwards.

All in one transaction, which holds the tables alone: whoever else asks waits, sees nothing of it before it is whole,
and a run that is killed leaves everything as it was. That is also when the owner's own wall is down (COPY goes into no
table that has one for whoever copies): nobody but this transaction ever finds it so. Triggers stay, so that the trace
is written by the database as always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models

# What the indexes of the largest table are sorted in.
_MEMORY = "512MB"
_FORCED = """
SELECT oid::regclass::text FROM pg_class
WHERE relforcerowsecurity AND relnamespace = 'public'::regnamespace ORDER BY 1
"""
_CONSTRAINTS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE contype IN ('p', 'u', 'f')
    AND (conrelid = ANY (%(tables)s::regclass[]) OR confrelid = ANY (%(tables)s::regclass[]))
ORDER BY contype <> 'f', conname
"""
_INDEXES = """
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid = ANY (%(tables)s::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
ORDER BY i.indexrelid::regclass::text
"""


@contextmanager
def alone() -> Iterator[None]:
    """Have the tables to oneself, without the owner's own wall, for the block: within a transaction, as their owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role')")
        role = cursor.fetchone()[0]
        # What waits for the end of the transaction would forbid to change a table.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT set_config('role', 'none', true)")
        cursor.execute(_FORCED)
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            cursor.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
        yield
        for name in names:
            cursor.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")
        cursor.execute("SELECT set_config('role', %s, true)", [role])
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def without_indexes(tables: Iterable[type[models.Model]]) -> Iterator[None]:
    """Fill these tables without keys, indexes and references, and make them afterwards: in order, and all at once.

    Every rule that they hold is checked then; what breaks one takes the whole transaction with it.
    """
    given = {"tables": _names(tables)}
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, given)
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, given)
        indexes = cursor.fetchall()
        # References go first and come last.
        for drop, _ in [*constraints, *indexes]:
            cursor.execute(drop)
        yield
        cursor.execute("SELECT set_config('maintenance_work_mem', %s, true)", [_MEMORY])
        for _, make in [*indexes, *reversed(constraints)]:
            cursor.execute(make)


def copy(table: str, columns: Sequence[str], rows: bytes) -> None:
    """Add rows that are written as COPY reads them."""
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as into:
        into.write(rows)


def _names(tables: Iterable[type[models.Model]]) -> list[Any]:
    return [table._meta.db_table for table in tables]
