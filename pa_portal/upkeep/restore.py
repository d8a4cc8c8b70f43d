"""Restoring a backup, and comparing what is there afterwards with what the backup says it holds."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from django.conf import settings
from django.db import Error, connection, transaction
from psycopg import sql

from pa_portal.upkeep import fingerprints, manifest, programs
from pa_portal.upkeep.manifest import ATTACHMENTS, DATABASE, BackupError, Manifest

TABLES = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
# A new public schema, as Postgres makes it in a new database.
EMPTY = """
    DROP SCHEMA public CASCADE;
    CREATE SCHEMA public;
    GRANT USAGE ON SCHEMA public TO PUBLIC;
    ALTER SCHEMA public OWNER TO pg_database_owner;
"""


def restore(folder: Path, *, replace: bool = False) -> Manifest:
    """Put a backup into an empty database and an empty folder of documents, check it, and return its manifest.

    ``replace`` deletes what the database holds first; documents stay where they are, beside those restored. Raises
    BackupError, having changed nothing, when the backup is damaged or there is something already; and afterwards, when
    what is there is not what was saved. Raises ProgramError when Postgres refuses the dump, which then is not there.
    """
    saved = manifest.read(folder)
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        if cursor.fetchone() != (0,):
            if not replace:
                raise BackupError("The database is not empty. Restore into a new one, or say --replace to delete it.")
            cursor.execute(EMPTY)
    _make_roles(saved)
    # Nothing of ours may hold a lock while another program works.
    connection.close()
    programs.run(
        "pg_restore",
        ["--no-owner", "--exit-on-error", "--single-transaction", str(folder / DATABASE)],
        connection.settings_dict,
        server=saved.postgres,
    )
    _put_documents(folder, saved)
    if wrong := differences(saved):
        raise BackupError("What was restored differs from the backup: " + "; ".join(wrong))
    return saved


def differences(saved: Manifest) -> list[str]:
    """Say how the database and the documents differ from a backup; empty when they do not."""
    with transaction.atomic(), connection.cursor() as cursor:
        found = fingerprints.of(cursor)
    wrong = []
    for table in sorted(saved.tables.keys() | found.keys()):
        before, now = saved.tables.get(table), found.get(table)
        if before is None or now is None:
            wrong.append(f"{table} is {'new' if before is None else 'missing'}")
        elif before[0] != now[0]:
            wrong.append(f"{table} has {now[0]} rows, not {before[0]}")
        elif before[1] != now[1]:
            wrong.append(f"{table} has other content")
    root = Path(settings.ATTACHMENT_ROOT)
    wrong += [f"document {name}" for name, sha in saved.attachments.items() if manifest.sha256(root / name) != sha]
    return wrong


def _make_roles(saved: Manifest) -> None:
    """Make the roles that rights are given to, where they are missing: a dump holds none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        missing = set(saved.roles) - {row[0] for row in cursor.fetchall()}
        for role in sorted(missing):
            try:
                cursor.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
            except Error:
                raise BackupError(
                    f"The backup gives rights to roles that this server does not have: {', '.join(sorted(missing))}. "
                    "Make them first (CREATE ROLE … NOLOGIN), as a superuser."
                ) from None


def _put_documents(folder: Path, saved: Manifest) -> None:
    root = Path(settings.ATTACHMENT_ROOT)
    for name in saved.attachments:
        target = root / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(folder / ATTACHMENTS / name, target)
        target.chmod(0o600)
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
