"""PgBouncer in transaction mode between the web and Postgres, where it is installed: a connection is shared by people
whose contexts must not be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest

from pa_portal.db import accounts, places, project
from tests.chaos.counting import count
from tests.chaos.installation import Web, free_port, installed
from tests.chaos.people import people_submitting
from tests.chaos.waiting import until

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
WORKERS, CONNECTIONS = 6, 2
SETTINGS = """
[databases]
{name} = host={socket} port={theirs} dbname={name} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
"""


@contextmanager
def pooling(place: places.Place) -> Iterator[str]:
    """A PgBouncer with CONNECTIONS connections to the server; gives its DATABASE_URL."""
    home, port = project.throwaway_home(), free_port()
    text = SETTINGS.format(
        name=places.NAME,
        socket=place.socket,
        theirs=places.PORT,
        user=places.WEB_USER,
        port=port,
        connections=CONNECTIONS,
    )
    (home / "pgbouncer.ini").write_text(text)
    (home / "pgbouncer.ini").chmod(0o644)
    options = accounts.choose(place.home).popen_options()
    assert PROGRAM
    process = subprocess.Popen([PROGRAM, "--quiet", str(home / "pgbouncer.ini")], **options)
    url = f"postgres://{places.WEB_USER}@127.0.0.1:{port}/{places.NAME}"
    try:
        until(lambda: answers(url), "PgBouncer answers")
        yield url
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(home, ignore_errors=True)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.skipif(PROGRAM is None, reason="no PgBouncer on this machine")
def test_people_who_share_connections_share_nothing_else() -> None:
    with installed(DATABASE_POOLED="1") as made, pooling(made.cluster.place) as url:
        environment = {**made.environment, "DATABASE_URL": url}
        web = Web(environment, workers=WORKERS)
        pooled = replace(made, web=web, environment=environment)
        try:
            web.start()
            with people_submitting(pooled) as ledger:
                ledger.wait_for_more(20)
            found = count(pooled, ledger)
        finally:
            web.stop()
        assert not ledger.problems
        assert (found.lost, found.duplicated, found.half) == (0, 0, 0)
        with made.superuser() as connection:
            used = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
            assert connection.execute(used, [places.WEB_USER]).fetchall() <= [(CONNECTIONS,)]
            of_pages = "SELECT count(*), count(user_id) FROM audit_trace WHERE page LIKE 'POST intake:%'"
            [(rows, somebodys)] = connection.execute(of_pages).fetchall()
            assert rows == somebodys >= 20
