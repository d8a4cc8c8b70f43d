"""Making a backup while people work: the database as it was at one moment, and the documents it names."""

from __future__ import annotations

import datetime
import os
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from pa_portal.upkeep import fingerprints, programs
from pa_portal.upkeep.manifest import ATTACHMENTS, DATABASE, BackupError, Manifest, sha256

ROLES = """
    SELECT DISTINCT r.rolname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
        aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE n.nspname = 'public' AND a.grantee <> c.relowner ORDER BY 1
"""


def backup(into: Path) -> Path:
    """Write a backup to a new folder in ``into``, readable by its owner alone, and return the folder.

    The dump and the counts of the manifest are of the same moment. Raises BackupError and ProgramError, and then leaves
    no folder that could be taken for a backup.
    """
    now = datetime.datetime.now(datetime.UTC)
    folder = into / f"portal-{now:%Y%m%dT%H%M%SZ}"
    partial = folder.with_suffix(".partial")
    partial.mkdir(mode=0o700, parents=True)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            [(snapshot,)] = cursor.fetchall()
            major = connection.connection.info.server_version // 10_000
            dump = ["--format=custom", "--no-owner", "--enable-row-security", f"--snapshot={snapshot}"]
            programs.run("pg_dump", [*dump, f"--file={partial / DATABASE}"], connection.settings_dict, server=major)
            tables = fingerprints.of(cursor)
            cursor.execute(ROLES)
            roles = [row[0] for row in cursor.fetchall()]
            documents = _documents(cursor)
        Manifest(
            made_at=now.isoformat(),
            postgres=major,
            database_sha256=sha256(partial / DATABASE),
            tables=tables,
            roles=roles,
            attachments=_copy(documents, partial / ATTACHMENTS),
        ).write(partial)
        _sync(partial)
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return folder


def _documents(cursor: Any) -> dict[str, str]:
    """Return the SHA-256 of each file that must be kept, by its name: what is attached, and what was ever sent."""
    cursor.execute(
        "SELECT DISTINCT stored_name, sha256 FROM submissions_attachment "
        "WHERE removed_at IS NULL OR sent_at IS NOT NULL"
    )
    return dict(cursor.fetchall())


def _copy(documents: dict[str, str], target: Path) -> dict[str, str]:
    """Copy the files and return those that are there. One may have been removed from a draft since the dump began."""
    target.mkdir(mode=0o700)
    kept = {}
    for name, expected in documents.items():
        (target / name).parent.mkdir(mode=0o700, exist_ok=True)
        try:
            shutil.copyfile(Path(settings.ATTACHMENT_ROOT) / name, target / name)
        except FileNotFoundError:
            if name in _still_wanted():
                raise BackupError(f"The document {name} is missing from {settings.ATTACHMENT_ROOT}.") from None
            continue
        if sha256(target / name) != expected:
            raise BackupError(f"The document {name} is not what was attached: its hash is another.")
        kept[name] = expected
    return kept


def _still_wanted() -> dict[str, str]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.system', 'backup', true)")
        return _documents(cursor)


def _sync(folder: Path) -> None:
    """Return once everything in the folder is on the disk."""
    for path in [*folder.rglob("*"), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
