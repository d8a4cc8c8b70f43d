"""Going back to a moment: a base backup and the log since, as docs/operations.md tells it, with made-up rows."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pa_portal.db import accounts, binaries, places, project
from pa_portal.db.cluster import SUPERUSER, Cluster


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the account which runs Postgres owns."""
    folder = project.throwaway_home()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def connect(cluster: Cluster) -> psycopg.Connection:
    return psycopg.connect(host=str(cluster.place.socket), port=places.PORT, user=SUPERUSER, autocommit=True)


def test_what_was_confirmed_before_an_accident_comes_back_and_the_accident_does_not(home: Path) -> None:
    account = accounts.choose(home)
    folders = {name: home / name for name in ("first", "second", "archive", "base")}
    for folder in folders.values():
        folder.mkdir(mode=0o700)
        account.own(folder)
    archive = {
        "archive_mode": "on",
        "archive_command": f'test ! -f "{folders["archive"]}/%f" && cp "%p" "{folders["archive"]}/%f"',
    }
    first = Cluster(places.at(folders["first"]), settings=archive)
    first.start()
    try:
        with connect(first) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'before the backup' AS said")
            command = [str(binaries.folder(account) / "pg_basebackup"), "--checkpoint=fast", "--wal-method=none"]
            command += ["--pgdata", str(folders["base"] / "data"), "--host", str(first.place.socket)]
            command += ["--port", str(places.PORT), "--username", SUPERUSER, "--no-manifest"]
            subprocess.run(command, check=True, capture_output=True, **account.popen_options())
            connection.execute("INSERT INTO kept VALUES ('after the backup')")
            [(moment,)] = connection.execute("SELECT clock_timestamp()::text").fetchall()
            connection.execute("DROP TABLE kept")
            connection.execute("SELECT pg_switch_wal()")
    finally:
        # A shutdown waits until the log is archived.
        first.stop()

    (folders["base"] / "data").rename(folders["second"] / "data")
    signal = folders["second"] / "data" / "recovery.signal"
    signal.touch()
    account.own(signal)
    back = {
        "restore_command": f'cp "{folders["archive"]}/%f" "%p"',
        "recovery_target_time": moment,
        "recovery_target_action": "promote",
    }
    second = Cluster(places.at(folders["second"]), settings=back)
    second.start()
    try:
        with connect(second) as connection:
            rows = connection.execute("SELECT said FROM kept ORDER BY said").fetchall()
        assert rows == [("after the backup",), ("before the backup",)]
    finally:
        second.stop()
