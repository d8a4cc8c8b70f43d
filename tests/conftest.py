"""What every test may use: a database of its own, and a real browser.

Without DATABASE_URL, a throw-away Postgres cluster starts with the first test that needs a database and goes with the
last. Browser tests ask for ``page`` (and so get ``live_server``), and may ask for ``axe`` and ``screenshot``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from pa_portal.db import places, project
from pa_portal.db.cluster import Cluster
from pa_portal.db.url import parse
from tools import browser as browser_tool

ROOT = Path(__file__).resolve().parent.parent
SCREENSHOTS = ROOT / "var" / "screenshots"
AXE_SOURCE = ROOT / "tests" / "vendor" / "axe.min.js"
AXE_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
CHROMIUM_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

shared_cluster = pytest.StashKey[Cluster]()


def start_throwaway_cluster() -> Cluster:
    cluster = Cluster(places.at(project.throwaway_home()), durable=False)
    cluster.start()
    return cluster


def pytest_configure(config: pytest.Config) -> None:
    """With pytest-xdist, one cluster serves every worker, which find it in their environment."""
    in_parallel = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if in_parallel and not os.environ.get("DATABASE_URL"):
        cluster = config.stash[shared_cluster] = start_throwaway_cluster()
        os.environ["DATABASE_URL"] = cluster.url


# Files and folders whose tests share something that takes long to make: one worker has all of each. (The mark for that
# of pytest-xdist 3.8, xdist_group, is lost on pytest 9: it renames what no longer can be renamed.)
TOGETHER = (
    "tests/chaos/test_kills.py",
    "tests/deployment/test_processes.py",
    "tests/platform/test_backup.py",
    "tests/platform/test_migrations.py",
    # In `make hostile` there is more to share than the portal is worth.
    *(() if "HOSTILE_REQUESTS" in os.environ else ("tests/hostile/",)),
)


class Together(LoadScopeScheduling):
    """Tests go to whichever worker is free, but those of one line above to the same one, and first."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    if shared_cluster in config.stash:
        config.stash[shared_cluster].destroy()


def pytest_sessionfinish() -> None:
    from tests.chaos import template

    template.forget()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "page" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


# The database


@pytest.fixture(scope="session")
def database_cluster() -> Iterator[None]:
    """A database server for the session: DATABASE_URL's, or a throw-away cluster."""
    from django.db import connections

    if os.environ.get("DATABASE_URL"):
        yield
        return
    cluster = start_throwaway_cluster()
    connections["default"].settings_dict.update(parse(cluster.url))
    yield
    connections.close_all()
    cluster.destroy()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    database_cluster: None, django_db_modify_db_settings_parallel_suffix: None
) -> Iterator[None]:
    """pytest-django's hook, run before it makes the test database."""
    see_every_row()
    with emptying_append_only_tables():
        yield


def see_every_row() -> None:
    """Let tests read and write what they like, as the system. The pages they ask for run behind the walls."""
    from django.db import connections

    connections["default"].settings_dict["OPTIONS"]["options"] = "-c portal.system=tests"


@contextmanager
def emptying_append_only_tables() -> Iterator[None]:
    """Let Django empty every table after a transactional test, those included whose triggers refuse TRUNCATE.

    Only the flush between tests is let through: nothing that a test itself does is.
    """
    from django.db import connection
    from django.db.backends.postgresql.operations import DatabaseOperations

    original = DatabaseOperations.sql_flush

    def sql_flush(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
        with connection.cursor() as cursor:
            # 32 is TRIGGER_TYPE_TRUNCATE, in Postgres's catalog/pg_trigger.h.
            cursor.execute(
                "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgtype & 32 <> 0"
            )
            guarded = [row[0] for row in cursor.fetchall()]
        return [
            *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded),
            *original(self, style, tables, **options),
            *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded),
        ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        yield


@contextmanager
def counting_statements() -> Iterator[list[str]]:
    """Give the SQL statements of the block, without those that begin and end transactions and savepoints."""
    from django.db import connection

    seen: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")):
            seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield seen


# The browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium for the session."""
    from playwright.sync_api import sync_playwright

    program = browser_tool.find()
    if program is None:
        pytest.fail(browser_tool.MISSING, pytrace=False)
    # Playwright's synchronous interface keeps an event loop in this thread, in which Django would refuse the database.
    flags = [*CHROMIUM_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else CHROMIUM_FLAGS
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path=program, headless=True, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, live_server: Any) -> Iterator[Any]:
    """A page in a fresh browser context on the live server: ``page.goto("/accounts/…")``.

    The test fails if the page raises a script error or breaks the content security policy.
    """
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900}, locale="en-US")
    context.set_default_timeout(15_000)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if _breaks_policy(message) else None)
    yield page
    context.close()
    assert not problems, "\n".join(problems)


def _breaks_policy(message: Any) -> bool:
    return message.type == "error" and "Content Security Policy" in message.text


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """``axe(page)``: what breaks WCAG 2.2 A and AA there, one line for each element. Empty when nothing does."""
    source = AXE_SOURCE.read_text(encoding="utf-8")

    def run(page: Any) -> list[str]:
        page.evaluate(source)
        violations = page.evaluate(
            "options => axe.run(document, options).then(result => result.violations)", AXE_OPTIONS
        )
        return [
            f"{violation['id']}: {violation['help']}: {node['target'][0]} {node['html'][:200]}"
            for violation in violations
            for node in violation["nodes"]
        ]

    return run


@pytest.fixture(scope="session")
def screenshot() -> Callable[..., Path]:
    """``screenshot(page, "name")``: the whole page as var/screenshots/name.png; gives the file's path."""

    def take(page: Any, name: str) -> Path:
        path = SCREENSHOTS / f"{re.sub(r'[^A-Za-z0-9.-]+', '-', name)}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take
