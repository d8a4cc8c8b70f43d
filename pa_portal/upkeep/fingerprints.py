"""What a database holds, in a few numbers: each table's rows counted and hashed, whatever order they lie in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import sql

# Each row as text must read the same on every server and in every session.
SAME_TEXT = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "iso_8601",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    # What the walls between organizations ask of somebody who is to see every row.
    "portal.system": "backup",
}
TABLES = """
    SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY 1
"""
# Two sums of halves of each row's MD5: the order of rows does not matter, and memory stays flat for any number of them.
FINGERPRINT = """
    SELECT count(*), coalesce(sum(('x' || left(h, 16))::bit(64)::bigint::numeric), 0)::text || '/' ||
           coalesce(sum(('x' || right(h, 16))::bit(64)::bigint::numeric), 0)::text
    FROM (SELECT md5(t::text) AS h FROM {table} t) AS rows
"""


def of(cursor: Any, *, without: Collection[str] = ()) -> dict[str, tuple[int, str]]:
    """Return (number of rows, hash of their content) by table of the schema ``public``, ``without`` those named.

    ``cursor`` is psycopg's or Django's. Guards against accidents and damage, not against somebody who works at it. The
    settings of the current transaction are changed; outside one, those of the session.
    """
    for name, value in SAME_TEXT.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
    cursor.execute(TABLES)
    found = {}
    for (table,) in cursor.fetchall():
        if table in without:
            continue
        cursor.execute(sql.SQL(FINGERPRINT).format(table=sql.SQL(table)))
        [(rows, content)] = cursor.fetchall()
        found[table] = (rows, content)
    return found
