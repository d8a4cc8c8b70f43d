"""What docker-compose.yml starts, as plain processes under production's settings: two instances of the web, the worker,
one Postgres, and a proxy.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from pa_portal.db import places
from tests.chaos.browser import Browser
from tests.chaos.conftest import report, times  # noqa: F401
from tests.chaos.counting import count
from tests.chaos.installation import ROOT, Installation, Web, installed
from tests.chaos.people import people_submitting
from tests.chaos.waiting import until
from tests.deployment.proxy import Proxy


@dataclass
class Deployment:
    """``installation.web`` is the proxy: whoever submits goes through it."""

    installation: Installation
    instances: list[Web]
    worker: subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    static = tmp_path_factory.mktemp("static")
    with installed(DJANGO_SETTINGS_MODULE="pa_portal.settings.production", STATIC_ROOT=str(static)) as made:
        environment = made.environment
        collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
        subprocess.run(collect, cwd=ROOT, env=environment, check=True)
        instances = [Web(environment) for _ in range(2)]
        as_worker = {**environment, "DATABASE_URL": made.cluster.place.url_as(places.WORKER_USER)}
        worker = subprocess.Popen([sys.executable, "manage.py", "worker"], cwd=ROOT, env=as_worker)
        proxy = Proxy([web.port for web in instances])
        try:
            for web in instances:
                web.launch()
            for web in instances:
                until(web.ready, "each instance is ready")
            yield Deployment(replace(made, web=proxy), instances, worker)
        finally:
            proxy.stop()
            for web in instances:
                web.stop()
            worker.terminate()
            worker.wait(60)


def test_a_session_holds_across_instances(deployment: Deployment) -> None:
    one, two = (web.port for web in deployment.instances)
    at_one = deployment.installation.signed_in(one)
    assert "__Host-sessionid" in at_one.cookies
    at_two = at_one.again(two)
    page = at_two.get("/requests/")
    assert page.status == 200
    assert page.headers["strict-transport-security"]
    assert at_two.post("/accounts/sign-out/", {"csrfmiddlewaretoken": page.field("csrfmiddlewaretoken")}).status == 302
    assert at_one.get("/requests/").status == 302, "signed out at one, signed out at all"


# Where a message ends can be read in two ways; behind each, a request that must not be answered.
AMBIGUOUS = (
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Content-Length: 0\r\nContent-Length: 5\r\n\r\n",
    "Content-Length: 0, 0\r\n\r\n",
    "Content-Length: +0\r\n\r\n",
    "Content-Length: 0x0\r\n\r\n",
    "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
)


def test_a_message_of_two_lengths_is_refused_with_what_follows_it(deployment: Deployment) -> None:
    for lengths in AMBIGUOUS:
        sent = f"POST /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n{lengths}GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        with socket.create_connection(("127.0.0.1", deployment.instances[0].port), timeout=30) as connection:
            connection.sendall(sent.encode())
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        statuses = re.findall(rb"^HTTP/1\.1 (\d+)", answer, re.MULTILINE)
        assert len(statuses) == 1, (lengths, answer)
        assert statuses[0] in (b"400", b"501"), (lengths, answer)


def test_static_files_come_from_each_instance(deployment: Deployment) -> None:
    for web in deployment.instances:
        page = Browser(web.port).get("/accounts/sign-in/")
        address = page.text.partition('<link rel="stylesheet"')[2].partition('href="')[2].partition('"')[0]
        style = Browser(web.port).get(address)
        assert (style.status, style.headers["content-type"]) == (200, 'text/css; charset="utf-8"')
        assert "immutable" in style.headers["cache-control"]


def test_the_worker_works(deployment: Deployment) -> None:
    """What is queued by one process is done by the other, and gone once done."""
    queued = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
        "VALUES ('default', 'pa_portal.submissions.tasks.expire_drafts', '{\"timestamp\": 1}') RETURNING id"
    )
    with deployment.installation.superuser() as connection:
        [(job,)] = connection.execute(queued).fetchall()
        left = "SELECT status FROM procrastinate_jobs WHERE id = %s"
        until(lambda: connection.execute(left, [job]).fetchall() == [], "the job is done")
    assert deployment.worker.poll() is None


def test_a_rolling_restart_loses_nothing(
    deployment: Deployment,
    times: Callable[[int, int], int],  # noqa: F811
    report: Callable[[str], None],  # noqa: F811
) -> None:
    """One instance after the other is stopped and started anew, while people submit through the proxy."""
    rounds, answers, confirmed = times(1, 10), Counter[str](), 0
    for _ in range(rounds):
        with people_submitting(deployment.installation) as ledger:
            for web in deployment.instances:
                ledger.wait_for_more(2)
                web.stop()
                ledger.wait_for_more(2)
                web.start()
            ledger.wait_for_more(2)
        found = count(deployment.installation, ledger)
        assert not ledger.problems
        assert (found.lost, found.duplicated, found.half) == (0, 0, 0)
        answers += ledger.answers
        confirmed += found.confirmed
    report(f"rolling restart of two instances, {rounds} times: {confirmed} confirmed, all there once; {dict(answers)}")


def test_attempts_are_counted_across_instances(deployment: Deployment) -> None:
    """Wrong passwords given to either instance in turn: both say that there were too many."""
    email = "nobody@portal.example"
    statuses = [
        Browser(web.port).sign_in(email, "not the password at all").status
        for _ in range(4)
        for web in deployment.instances
    ]
    assert statuses[0] == 422
    assert statuses[-2:] == [429, 429]
    assert statuses.index(429) == 5, "five attempts in five minutes, wherever they were made"


def test_checks_are_clean(deployment: Deployment) -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING", "--database", "default"]
    done = subprocess.run(command, cwd=ROOT, env=deployment.installation.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
