"""Whether this process should be sent requests: its database answers, is migrated, and keeps what it says it kept."""

from __future__ import annotations

from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

# What Postgres must have on for an answered commit to survive a crash. Each is turned off by the value "off" alone:
# every other value of synchronous_commit waits for this server's own disk at least.
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


def reasons() -> list[str]:
    """Why this process is not ready; empty when it is. Says nothing of names, addresses or data.

    Raises django.db.Error when the database does not answer.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [list(DURABLE)])
        off = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'")
        [(read_only,)] = cursor.fetchall()
    found = [f"{name} is off: the database may lose what it has confirmed" for name in DURABLE if name in off]
    if read_only:
        found.append("the database takes no changes")
    waiting = len(_on_disk() - set(MigrationRecorder(connection).applied_migrations()))
    if waiting:
        found.append(f"migrations not yet applied: {waiting}")
    return found


@cache
def _on_disk() -> frozenset[tuple[str, str]]:
    """The migrations that this code has. They cannot change while it runs."""
    return frozenset(MigrationLoader(None).disk_migrations)
