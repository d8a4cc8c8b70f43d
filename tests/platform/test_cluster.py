"""The embedded Postgres: never root's, kept between runs, and taken back after a run that was killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from pa_portal.db import accounts, places, project
from pa_portal.db.cluster import Cluster
from pa_portal.db.errors import DatabaseError, InUse

ROOT = Path(__file__).parents[2]
START_AND_DIE = """
import os, sys
from pathlib import Path
from pa_portal.db import places
from pa_portal.db.cluster import Cluster
Cluster(places.at(Path(sys.argv[1]))).start()
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder with a space in its name, for a cluster that is not there yet."""
    parent = project.throwaway_home()
    parent.chmod(0o755)
    home = parent / "the data base"
    account = accounts.choose(parent)
    home.mkdir()
    account.own(home)
    yield home
    shutil.rmtree(parent, ignore_errors=True)


@pytest.fixture
def cluster(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(places.at(home), durable=False)
    cluster.start()
    yield cluster
    cluster.stop()


def ask(cluster: Cluster, query: str) -> object:
    with psycopg.connect(cluster.url) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def postmaster(cluster: Cluster) -> int:
    return int((cluster.place.data / "postmaster.pid").read_text().splitlines()[0])


def test_the_server_is_not_roots_and_listens_on_no_port(cluster: Cluster) -> None:
    server = psutil.Process(postmaster(cluster))
    assert server.uids().effective != 0
    assert not [c for c in server.net_connections("inet") if c.status == "LISTEN"]
    assert cluster.place.socket.stat().st_mode & 0o077 == 0


def test_the_portals_role_is_no_superuser(cluster: Cluster) -> None:
    assert (
        ask(cluster, "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        is False
    )


def test_data_are_kept_from_run_to_run(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    cluster.stop()
    assert not cluster.alive
    cluster.start()
    assert ask(cluster, "SELECT number FROM kept") == 42


def test_a_run_while_another_runs_is_told_whose_it_is(cluster: Cluster) -> None:
    with pytest.raises(InUse, match=f"process {os.getpid()}"):
        Cluster(cluster.place, durable=False).start()
    assert ask(cluster, "SELECT 1") == 1


def test_a_server_whose_starter_was_killed_is_taken_back(home: Path) -> None:
    starter = subprocess.run([sys.executable, "-c", START_AND_DIE, str(home)], cwd=ROOT, check=False)
    assert starter.returncode == -signal.SIGKILL
    cluster = Cluster(places.at(home), durable=False)
    orphan = postmaster(cluster)
    assert psutil.pid_exists(orphan)
    cluster.start()
    try:
        assert not psutil.pid_exists(orphan)
        assert ask(cluster, "SELECT 1") == 1
    finally:
        cluster.stop()


def test_a_stale_lock_is_recovered_from_even_when_it_names_a_stranger(cluster: Cluster) -> None:
    server = psutil.Process(postmaster(cluster))
    server.kill()
    cluster.stop()
    lock_file = cluster.place.data / "postmaster.pid"
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        lines = lock_file.read_text().splitlines()
        lock_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        cluster.start()
        assert ask(cluster, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_half_a_cluster_is_made_again(home: Path) -> None:
    place = places.at(home)
    (home / "data.partial").mkdir()
    (home / "data.partial" / "PG_VERSION").write_text("18\n")
    cluster = Cluster(place, durable=False)
    cluster.start()
    try:
        assert ask(cluster, "SELECT 1") == 1
    finally:
        cluster.stop()


def test_data_of_another_postgres_version_are_left_alone(cluster: Cluster) -> None:
    cluster.stop()
    (cluster.place.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(DatabaseError, match="written by Postgres 12"):
        cluster.start()


def test_a_file_where_the_folder_should_be_gives_one_plain_message(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    with pytest.raises(DatabaseError) as refused:
        project.prepare(tmp_path).start()
    assert str(tmp_path / "var") in str(refused.value)


def test_a_long_path_gets_a_short_socket_of_its_own() -> None:
    longest = Path(tempfile.gettempdir(), *["a-long-folder-name"] * 8)
    places_ = [places.at(longest / name) for name in ("one", "two")]
    assert len({place.socket for place in places_}) == 2
    for place in places_:
        assert len(os.fsencode(place.socket / places.SOCKET_NAME)) <= places.SOCKET_PATH_LIMIT
        assert place.data.is_relative_to(longest)
