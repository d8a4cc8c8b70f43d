"""A long export from the manager's click to the download, made by a worker in the same database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client

from pa_portal.exports import actions
from pa_portal.exports.models import Export, Schedule
from pa_portal.reports import tasks
from pa_portal.reports.exports import making
from tests.jobs.conftest import queued
from tests.records.conftest import build_world
from tests.records.making import in_state

CHOICE = {"data": "requests", "by": "any", "for": "requests", "column": ["reference"], "form": "xlsx"}


@pytest.fixture
def world(transactional_db: None, client: Client, settings: Any, tmp_path: Path) -> SimpleNamespace:
    settings.EXPORT_ROOT = tmp_path
    settings.NOTICE_BASE_URL = "https://portal.example/"
    world = build_world()
    client.force_login(world.manager)
    return world


def asked(client: Client) -> Export:
    client.post("/reports/exports/start/", CHOICE)
    return Export.objects.get()


def test_from_the_click_to_the_file(work: Callable[[], None], client: Client, world: SimpleNamespace) -> None:
    in_state(world, "approved")
    export = asked(client)
    work()
    export.refresh_from_db()
    assert (export.state, export.rows, queued()) == ("ready", 1, [])
    content = b"".join(client.get(f"/reports/exports/{export.pk}/file/").streaming_content)
    assert content.startswith(b"PK")


def test_what_is_due_is_made_and_told(work: Callable[[], None], world: SimpleNamespace) -> None:
    what = actions.What("requests", "csv", "data=requests&for=requests&column=reference", False)
    made = actions.schedule(by=world.manager, what=what, frequency="monthly", delivery="email")
    Schedule.objects.filter(pk=made.pk).update(covered_to="2026-01-31")
    tasks.run_schedules.defer(timestamp=1)
    work()
    assert Export.objects.get().state == "ready"
    assert queued() == []
    assert len(mail.outbox) == 1


def test_cancelling_reaches_the_worker(
    work: Callable[[], None], client: Client, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    export = asked(client)
    monkeypatch.setattr(making, "PROGRESS_SECONDS", 0.01)

    def endless(chosen: Any, form: str, path: Path, options: Any, tick: Callable[[int], None]) -> int:
        def cancel() -> None:
            actions.cancel(by=world.manager, export_id=export.pk)
            connection.close()

        thread = threading.Thread(target=cancel)
        thread.start()
        thread.join()
        while True:
            tick(7)

    monkeypatch.setattr(making, "write", endless)
    work()
    export.refresh_from_db()
    assert export.state == "cancelled"
    assert list(tmp_path.iterdir()) == []
    assert queued() == []
