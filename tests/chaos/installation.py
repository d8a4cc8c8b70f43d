"""A portal of one's own to be cruel to: a Postgres cluster and gunicorn, as separate processes, under production's
settings.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from pa_portal.db import places, project
from pa_portal.db.cluster import SUPERUSER, Cluster
from tests.chaos import template
from tests.chaos.browser import HOST, Broken, Browser
from tests.chaos.waiting import until

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Web:
    """One gunicorn on a port of its own."""

    environment: Mapping[str, str]
    workers: int = 2
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.launch()
        until(self.ready, "the portal is ready")

    def launch(self) -> None:
        """Start it, ready or not."""
        command = [sys.executable, "-m", "gunicorn", "pa_portal.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", str(self.workers), "--preload", "--timeout", "120", "--no-control-socket"]
        command += ["--log-level", "critical", "--graceful-timeout", "30"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=dict(self.environment), stderr=subprocess.DEVNULL)

    def ready(self) -> bool:
        assert self.process is None or self.process.poll() is None, "gunicorn ended by itself"
        try:
            return Browser(self.port).get("/readyz").status == 200
        except Broken:
            return False

    def answers(self) -> bool:
        try:
            return Browser(self.port).get("/healthz").status == 200
        except Broken:
            return False

    def worker_processes(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children()

    def stop(self) -> None:
        """As a rolling restart does: the requests under way are answered first."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)
            self.process = None


@dataclass
class Installation:
    """Everything that runs, and one whole draft to make copies of."""

    cluster: Cluster
    environment: dict[str, str]
    web: Web
    draft: str
    version: int
    email: str
    password: str
    secret: str
    _used: set[int] = field(default_factory=set)

    def superuser(self) -> psycopg.Connection:
        """A connection that no rule holds back, to look and to prepare."""
        place = self.cluster.place
        return psycopg.connect(
            host=str(place.socket), port=places.PORT, user=SUPERUSER, dbname=places.NAME, autocommit=True
        )

    def signed_in(self, port: int = 0) -> Browser:
        """A browser in which the prescriber has shown password and code, at ``port`` or the web's own."""
        browser = Browser(port or self.web.port)
        answer = browser.sign_in(self.email, self.password)
        assert answer.status == 302, f"the password gave {answer.status}"
        answer = browser.second_step(answer.location, self._code())
        assert answer.status == 302, f"the code gave {answer.status}"
        return browser

    def _code(self) -> str:
        """A code not used yet: each is good once, and those of the neighbouring half minutes are taken as well."""
        from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

        def unused() -> list[int]:
            now = int(time.time()) // 30
            return [moment for moment in (now, now + 1, now - 1) if moment not in self._used]

        until(lambda: bool(unused()), "there is a code that was not used")
        moment = unused()[0]
        self._used.add(moment)
        return str(format_hotp_value(hotp_value(self.secret, moment)))

    def drafts(self, number: int) -> list[str]:
        """The ids of so many whole drafts, each a copy of the first."""
        from pa_portal.submissions.numbers import REFERENCE

        copy = """
            INSERT INTO submissions_request
            SELECT (jsonb_populate_record(r, jsonb_build_object('id', gen_random_uuid(), 'reference', %s::text))).*
            FROM submissions_request r WHERE id = %s RETURNING id
        """
        with self.superuser() as connection, connection.transaction():
            # Also where the database is made to forget, what is there to submit is there.
            connection.execute("SET LOCAL synchronous_commit = on")
            return [
                str(row[0])
                for _ in range(number)
                for row in connection.execute(copy, [REFERENCE.new(), self.draft]).fetchall()
            ]

    def postgres(self) -> list[psutil.Process]:
        """The postmaster, then its children."""
        number = int((self.cluster.place.data / "postmaster.pid").read_text().splitlines()[0])
        postmaster = psutil.Process(number)
        return [postmaster, *postmaster.children()]

    def start_postgres_again(self) -> None:
        self.cluster.stop()
        self.cluster.start()


def environment_for(url: str, folder: Path, **more: str) -> dict[str, str]:
    """What the portal's processes find in their environment."""
    unwanted = ("DJANGO_", "PYTEST_", "DATABASE_URL", "MIGRATION_DATABASE_URL", "SECRET_KEY")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": HOST,
        "DATABASE_URL": url,
        "ATTACHMENT_ROOT": str(folder / "attachments"),
        **more,
    }


@contextmanager
def installed(
    *, settings: Mapping[str, str] | None = None, home: Path | None = None, **more: str
) -> Iterator[Installation]:
    """A running installation on a durable cluster, gone after the block; its web is not started yet.

    ``settings`` change the Postgres server's. The cluster is in ``home``, or in a folder of its own. ``more``
    goes to the environment.
    """
    folder = Path(tempfile.mkdtemp(prefix="pa-portal-chaos-"))
    cluster = Cluster(places.at(home or project.throwaway_home()), settings=settings)
    web: Web | None = None
    try:
        environment = environment_for(cluster.place.url_as(places.WEB_USER), folder, **more)
        people = template.put_into(cluster.place.home, environment)
        environment["SECRET_KEY"] = people.pop("secret_key")
        cluster.start()
        web = Web(environment)
        yield Installation(cluster, environment, web, **people)
    finally:
        if web is not None:
            web.stop()
        cluster.destroy()
        shutil.rmtree(folder, ignore_errors=True)
