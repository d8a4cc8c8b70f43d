"""What a step of the wizard costs on the server, over an empty Django view behind the same middleware, in one run.

    python -m benchmarks.wizard_step

Both sides go through the WSGI handler with the same session cookie: the empty view's middleware never looks at it, a
step asks for the session, the user and the request. What looking at `request.user` alone costs is measured too: no page
for somebody signed in can cost less. Rounds alternate. The ratio is that of the medians; "quiet" that of the fastest
tenth of each side, which other work on the machine disturbs least. Postgres is a throw-away cluster on this machine
that does write to disk before it confirms, so a POST pays for its commit.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pa_portal.settings.dev")
os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark")

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from pa_portal.db import places, project
from pa_portal.db.cluster import Cluster

ROUNDS = 200
WARM_UP = 20
TARGET, QUERIES = 15, 3

Call = Callable[[], float]


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def signed_in(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    return HttpResponse("")


@contextmanager
def database() -> Iterator[None]:
    """A cluster of its own, with the portal's tables."""
    cluster = Cluster(places.at(project.throwaway_home()))
    cluster.start()
    # What is measured runs behind the database's walls; what looks at it from outside sees every row.
    os.environ["DATABASE_URL"] = f"{cluster.url}&options=-c%20portal.system%3Dbenchmark"
    try:
        settings.STORAGES = {
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        }
        settings.ALLOWED_HOSTS = ["testserver"]
        django.setup()
        from django.core.management import call_command

        from pa_portal import urls

        urls.urlpatterns += [path("empty/", empty), path("signed-in/", signed_in)]
        call_command("migrate", verbosity=0)
        yield
    finally:
        from django.db import connections

        connections.close_all()
        cluster.destroy()


class Browser:
    """Sends requests straight to the WSGI handler, as a server would, with one person's cookies."""

    def __init__(self, session: str) -> None:
        from django.core.wsgi import get_wsgi_application

        self.application = get_wsgi_application()
        self.token = "a" * 32
        self.cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={self.token}"

    def send(self, address: str, data: Mapping[str, Any] | None = None) -> tuple[str, dict[str, str], bytes, float]:
        """Status, headers, body and seconds; POST when there is ``data``."""
        body = b"" if data is None else urlencode({**data, "csrfmiddlewaretoken": self.token}, doseq=True).encode()
        environ = {
            "REQUEST_METHOD": "GET" if data is None else "POST",
            "PATH_INFO": address.partition("?")[0],
            "QUERY_STRING": address.partition("?")[2],
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_COOKIE": self.cookies,
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        answer: list[Any] = []
        begin = time.perf_counter()
        chunks = self.application(environ, lambda status, headers: answer.extend((status, headers)))
        content = b"".join(chunks)
        chunks.close()  # ends the request: here a server would return its connection
        seconds = time.perf_counter() - begin
        return answer[0], dict(answer[1]), content, seconds


def drafts() -> tuple[Browser, dict[str, Any]]:
    """A browser that is signed in, and drafts in it: one at the ISH numbers, and one ready to be checked."""
    from django.test import Client

    from pa_portal.accounts.models import Organization, Role, User
    from tests.intake.wizard import CASES, Wizard

    Organization.objects.create(name="Harbor Health Plan", kind=Organization.Kind.PLAN)
    practice = Organization.objects.create(name="James River Oncology", kind=Organization.Kind.PROVIDER)
    user = User.objects.create(
        email="ana.silva@example.org", organization=practice, role=Role.PRESCRIBER, first_name="Ana", last_name="Silva"
    )
    client = Client()
    client.force_login(user)
    half, full = (Wizard.start(client).fill_details() for _ in range(2))
    half.answer(CASES["hr_positive_first_line"], stop_before="her2_ish_ratio")
    full.answer(CASES["hr_positive_first_line"])
    return Browser(client.cookies[settings.SESSION_COOKIE_NAME].value), {"half": half, "full": full}


def queries(call: Call) -> int:
    from django.db import connection

    seen: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        call()
    return len(seen)


@dataclass(frozen=True, slots=True)
class Row:
    """Medians of both sides in ms, the ratio of the medians and of the fastest tenths, the queries of one call."""

    ours: float
    least: float
    ratio: float
    quiet: float
    queries: int


def compare(call: Call, bare: Call) -> Row:
    ours, least = [], []
    for _ in range(ROUNDS + WARM_UP):
        least.append(bare())
        ours.append(call())
    ours, least = sorted(ours[WARM_UP:]), sorted(least[WARM_UP:])
    one, other = (1000 * statistics.median(times) for times in (ours, least))
    return Row(one, other, one / other, ours[ROUNDS // 10] / least[ROUNDS // 10], queries(call))


def getting(browser: Browser, address: str) -> Call:
    def call() -> float:
        status, _, _, seconds = browser.send(address)
        assert status.startswith("200"), (address, status)
        return seconds

    return call


def posting(browser: Browser, address: str, version: Callable[[], int], answers: list[dict[str, str]]) -> Call:
    """Save the page, with other answers than stand there each time."""
    turn = 0

    def call() -> float:
        nonlocal turn
        turn += 1
        status, _, _, seconds = browser.send(address, {"version": version(), **answers[turn % len(answers)]})
        assert status.startswith("303"), (address, status)
        return seconds

    return call


def main() -> None:
    with database():
        from pa_portal.submissions.models import Request
        from tests.intake.wizard import TREATMENT

        browser, made = drafts()
        half, full = made["half"], made["full"]

        def version() -> int:
            return int(Request.objects.values_list("version", flat=True).get(pk=full.id))

        gets = {
            "patient and plan": half.url("details/patient/"),
            "diagnosis code": half.url("details/diagnosis/"),
            "height, weight, dose": half.url("details/treatment/"),
            "cremophor (first question)": half.url("questions/hypersensitivity/"),
            "extent of disease": half.url("questions/disease-extent/"),
            "HER2 ISH numbers": half.url("questions/her2-ish-numbers/"),
            "visceral crisis (late)": full.url("questions/visceral-crisis/"),
            "check your answers": full.url("check/"),
        }
        posts = {
            "height, weight, dose": (
                full.url("details/treatment/"),
                [TREATMENT, {**TREATMENT, "weight_kg": "70"}],
            ),
            "a question": (
                full.url("questions/hypersensitivity/"),
                [{"cremophor_hypersensitivity": "false"}, {"cremophor_hypersensitivity": "unknown", "confirmed": "1"}],
            ),
        }
        print(f"{'page':<34} {'ms':>7} {'empty':>7} {'ratio':>7} {'quiet':>7} {'queries':>8}   (of {ROUNDS})")
        bare_get = getting(browser, "/empty/")
        rows = [("GET", "request.user alone", compare(getting(browser, "/signed-in/"), bare_get))]
        rows += [("GET", name, compare(getting(browser, to), bare_get)) for name, to in gets.items()]
        for name, (to, answers) in posts.items():

            def bare(answers: list[dict[str, str]] = answers) -> float:
                return browser.send("/empty/", {"version": 1, **answers[0]})[3]

            rows.append(("POST", name, compare(posting(browser, to, version, answers), bare)))
        for method, name, row in rows:
            print(
                f"{method + ' ' + name:<34} {row.ours:>7.2f} {row.least:>7.2f} {row.ratio:>6.1f}x {row.quiet:>6.1f}x "
                f"{row.queries:>8}"
            )
        for kind in ("questions", "details"):
            steps = [row for method, name, row in rows if method == "GET" and f"/{kind}/" in gets.get(name, "")]
            low, high = min(row.quiet for row in steps), max(row.quiet for row in steps)
            print(f"GET of {kind}: {low:.1f} to {high:.1f}x quiet (target {TARGET}x)", end=", ")
            print(f"{max(row.queries for row in steps)} queries (target {QUERIES})")


if __name__ == "__main__":
    main()
