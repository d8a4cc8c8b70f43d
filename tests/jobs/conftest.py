"""A worker that works off the queue in the test database, once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params


@pytest.fixture
def work(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """``work()``: do every job in the queue. Nothing periodic starts by itself, and the queue is empty afterwards."""
    monkeypatch.setattr(app.periodic_registry, "periodic_tasks", {})
    yield work_off
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def work_off() -> None:
    def run() -> None:
        while _due():
            connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=2)
            with app.replace_connector(connector):
                app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
        connection.close()

    # In a thread of its own: a browser test has an event loop in this one.
    failures: list[BaseException] = []

    def guarded() -> None:
        try:
            run()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=guarded)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def _due() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()"
        )
        return cursor.rowcount > 0


def queued() -> list[dict[str, Any]]:
    """Return the jobs in the queue's table, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, task_name, status, args FROM procrastinate_jobs ORDER BY id")
        rows = cursor.fetchall()
    return [{"id": row[0], "task": row[1], "status": row[2], "args": json.loads(row[3])} for row in rows]
