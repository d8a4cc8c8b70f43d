"""The queue: what is put there is done, in the same database, and what a dead worker left is done again."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from pa_portal.determinations import notices
from pa_portal.determinations.models import Notice
from pa_portal.determinations.tasks import send_notices
from pa_portal.jobs.tasks import forget_old, restart_stalled
from pa_portal.submissions.models import Request
from pa_portal.submissions.tasks import expire_drafts
from tests.jobs.conftest import queued
from tests.records.conftest import build_world
from tests.records.making import draft, in_state

ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    return build_world()


def test_notices_go_out(work: Callable[[], None], world: SimpleNamespace, settings: SimpleNamespace) -> None:
    settings.NOTICE_BASE_URL = "https://portal.example/"
    request = in_state(world, "submitted")
    notices.queue(Notice.Kind.PENDED, request, occasion="x")
    waiting = notices.waiting().count()
    assert waiting
    send_notices.defer(timestamp=1)
    work()
    assert len(mail.outbox) == waiting
    assert notices.waiting().count() == 0


def test_no_notice_goes_out_without_an_address(
    work: Callable[[], None], world: SimpleNamespace, settings: SimpleNamespace
) -> None:
    settings.NOTICE_BASE_URL = ""
    notices.queue(Notice.Kind.PENDED, in_state(world, "submitted"), occasion="x")
    send_notices.defer(timestamp=1)
    work()
    assert mail.outbox == []
    assert queued() == [], "it is no failure"


def test_old_drafts_go(work: Callable[[], None], world: SimpleNamespace) -> None:
    old, fresh = draft(world), draft(world)
    Request.objects.filter(pk=old.pk).update(updated_at=timezone.now() - datetime.timedelta(days=31))
    expire_drafts.defer(timestamp=1)
    work()
    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.state, fresh.state) == ("withdrawn", "draft")


def test_a_job_is_queued_with_what_it_belongs_to_or_not_at_all(work: Callable[[], None]) -> None:
    with transaction.atomic():
        expire_drafts.defer(timestamp=1)
        transaction.set_rollback(True)
    assert queued() == []


def test_the_same_periodic_job_waits_once(work: Callable[[], None]) -> None:
    """Where no worker runs for a day, one round of notices waits for it and not 1,440."""
    from procrastinate.exceptions import AlreadyEnqueued

    send_notices.defer(timestamp=1)
    with pytest.raises(AlreadyEnqueued):
        send_notices.defer(timestamp=2)


def test_what_a_dead_worker_had_begun_is_done_again(work: Callable[[], None]) -> None:
    expire_drafts.defer(timestamp=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    work()
    assert [job["status"] for job in queued()] == ["doing"], "it is nobody's turn yet"
    restart_stalled.defer(timestamp=1)
    work()
    work()
    assert queued() == []


def test_failures_are_kept_for_two_weeks(work: Callable[[], None]) -> None:
    expire_drafts.defer(timestamp=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed'")
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '13 days'")
    forget_old.defer(timestamp=1)
    work()
    assert [job["status"] for job in queued()] == ["failed"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '15 days'")
    forget_old.defer(timestamp=2)
    work()
    assert queued() == []


@pytest.mark.parametrize("task", [one for one in app.tasks.values() if one.name.startswith("pa_portal")])
def test_every_task_is_called_by_its_name_and_takes_ids_alone(task: SimpleNamespace) -> None:
    """What stands in the queue's table and in the log: numbers and random ids, never a name, a text or a date."""
    import inspect

    kinds = {
        name: parameter.annotation
        for name, parameter in inspect.signature(task.func).parameters.items()
        if name != "context"
    }
    assert set(kinds.values()) <= {"int"} or all(name.endswith("_id") for name in kinds if kinds[name] != "int"), kinds


def test_the_command_works_off_the_queue_once(work: Callable[[], None]) -> None:
    expire_drafts.defer(timestamp=1)
    import threading

    thread = threading.Thread(target=lambda: call_command("worker", "--once"))
    thread.start()
    thread.join()
    assert queued() == []


def test_the_command_says_plainly_that_there_is_no_database(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "worker", "--once"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"postgres://portal@/portal?host={tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "the database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
