"""Long files: asked for, made by the worker, taken by their owner alone, and gone after a while."""

from __future__ import annotations

import csv
import datetime
import io
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from django.utils import timezone

from pa_portal.accounts.actions import appoint_privacy_officer
from pa_portal.accounts.models import User
from pa_portal.audit.models import Event
from pa_portal.exports import actions, storage
from pa_portal.exports.models import Export
from pa_portal.reports.exports import making
from tests.jobs.conftest import queued
from tests.records.making import in_state

State = Export.State
CHOICE = {"data": "requests", "by": "any", "for": "requests", "column": ["reference", "state"]}


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A store of its own, everything long, and no reporting thread: it would not see the test's transaction."""
    settings.EXPORT_ROOT = tmp_path / "exports"
    settings.EXPORT_AT_ONCE_ROWS = 0
    monkeypatch.setattr(making, "PROGRESS_SECONDS", 3600)
    return tmp_path / "exports"


@pytest.fixture
def manager(client: Client, world: SimpleNamespace) -> SimpleNamespace:
    in_state(world, "approved")
    client.force_login(world.manager)
    return world


@pytest.fixture
def colleague(manager: SimpleNamespace) -> Client:
    """Another manager of the same plan."""
    User.objects.create(
        email="colleague@portal.example", first_name="C", last_name="C", role="manager", organization=manager.plan
    )
    other = Client()
    other.force_login(User.objects.get(email="colleague@portal.example"))
    return other


def ask(client: Client, **choice: Any) -> Export:
    response = client.post("/reports/exports/start/", CHOICE | {"form": "csv"} | choice)
    assert response.status_code == 302
    export = Export.objects.first()
    assert export is not None
    assert response["Location"] == f"/reports/exports/{export.pk}/"
    return export


def made(client: Client, **choice: Any) -> Export:
    export = ask(client, **choice)
    making.make(str(export.pk))
    export.refresh_from_db()
    return export


def text_of(client: Client, export: Export) -> str:
    return client.get(f"/reports/exports/{export.pk}/").content.decode()


def test_a_long_file_is_offered_to_be_made(client: Client, manager: SimpleNamespace) -> None:
    for address in ("/reports/requests.csv", "/reports/exports/file.xlsx?by=any"):
        page = client.get(address).content.decode()
        assert "Make the file" in page
        assert "1 request" in page
    assert not Event.objects.filter(action="report.exported").exists()


def test_it_is_queued_by_its_id_alone(client: Client, manager: SimpleNamespace) -> None:
    export = ask(client)
    (job,) = queued()
    assert job["args"] == {"export_id": str(export.pk)}
    assert (export.owner, export.state, export.expected) == (manager.manager, State.QUEUED, 1)
    assert "Waiting" in text_of(client, export)
    event = Event.objects.get(action="export.requested")
    assert (event.actor_id, event.object_id) == (manager.manager.pk, str(export.pk))
    assert event.detail["filters"] == "data=requests&by=any&for=requests&column=reference&column=state"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_its_owner_takes_it_and_each_taking_is_recorded(client: Client, manager: SimpleNamespace, form: str) -> None:
    export = made(client, form=form)
    assert (export.state, export.rows) == (State.READY, 1)
    assert "Download" in text_of(client, export)
    for count in (1, 2):
        response = client.get(f"/reports/exports/{export.pk}/file/")
        content = b"".join(response.streaming_content)
        assert len(content) == export.size
        assert "no-store" in response["Cache-Control"]
        today = timezone.localdate()
        assert response["Content-Disposition"] == f'attachment; filename="requests-{today}.{form}"'
        assert Event.objects.filter(action="export.downloaded", actor_id=manager.manager.pk).count() == count
    if form == "csv":
        (row,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
        assert row["state"] == "approved"


def test_it_is_kept_where_nobody_else_reads_and_nothing_is_served(
    client: Client, manager: SimpleNamespace, store: Path
) -> None:
    export = made(client)
    (file,) = store.iterdir()
    assert re.fullmatch(r"[0-9a-f]{40}", file.name)
    assert (file.stat().st_mode & 0o777, store.stat().st_mode & 0o777) == (0o600, 0o700)
    for served in (configured.STATIC_ROOT, *configured.STATICFILES_DIRS):
        assert Path(served) not in Path(configured.VAR_DIR / "exports").parents
    assert export.stored_name not in text_of(client, export)


PATHS = ("", "file/")


def test_nobody_else_finds_it(client: Client, colleague: Client, manager: SimpleNamespace) -> None:
    export = made(client)
    others = [colleague]
    for person in (manager.other_manager, manager.clinic_manager, manager.reviewer, manager.prescriber):
        others.append(Client())
        others[-1].force_login(person)
    for other in others:
        for path in PATHS:
            assert other.get(f"/reports/exports/{export.pk}/{path}").status_code == 404
        assert other.post(f"/reports/exports/{export.pk}/cancel/").status_code == 404
        assert str(export.pk) not in other.get("/reports/exports/").content.decode()
    assert Client().get(f"/reports/exports/{export.pk}/file/").status_code == 302
    assert not Event.objects.filter(action="export.downloaded").exists()
    export.refresh_from_db()
    assert export.state == State.READY


def test_whoever_moved_to_another_plan_leaves_it_behind(client: Client, manager: SimpleNamespace) -> None:
    export = made(client)
    User.objects.filter(pk=manager.manager.pk).update(organization=manager.other_plan)
    assert client.get(f"/reports/exports/{export.pk}/file/").status_code == 404


def test_it_expires(client: Client, manager: SimpleNamespace, store: Path, settings: Any) -> None:
    export = made(client)
    assert export.expires_at == export.finished_at + datetime.timedelta(hours=24)
    late = export.expires_at
    assert actions.expire(now=late - datetime.timedelta(seconds=1)) == 0
    with pytest.raises(actions.NotReady):
        actions.take(by=manager.manager, export_id=export.pk, now=late)
    assert len(list(store.iterdir())) == 1


def test_an_expired_file_is_deleted(
    client: Client, manager: SimpleNamespace, store: Path, django_capture_on_commit_callbacks: Any
) -> None:
    export = made(client)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.expire(now=export.expires_at) == 1
    assert list(store.iterdir()) == []
    assert "Expired" in text_of(client, export)
    assert client.get(f"/reports/exports/{export.pk}/file/").status_code == 302
    assert Event.objects.filter(action="export.expired", actor_id=None).count() == 1
    assert actions.expire(now=export.expires_at) == 0


def test_what_a_dead_run_left_is_swept_up(manager: SimpleNamespace, store: Path, client: Client) -> None:
    export = made(client)
    left, fresh = storage.create(storage.new_name()), storage.create(storage.new_name())
    old = time.time() - 2 * 3600
    os.utime(left, (old, old))
    os.utime(storage.path_of(export.stored_name), (old, old))
    actions.expire()
    assert {one.name for one in store.iterdir()} == {fresh.name, export.stored_name}


def test_cancelling_before_it_is_made(client: Client, manager: SimpleNamespace, store: Path) -> None:
    export = ask(client)
    assert client.post(f"/reports/exports/{export.pk}/cancel/").status_code == 302
    making.make(str(export.pk))
    export.refresh_from_db()
    assert export.state == State.CANCELLED
    assert not store.exists()
    assert "Cancelled" in text_of(client, export)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_cancelling_while_it_is_made(
    client: Client, manager: SimpleNamespace, store: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """The reporting thread learns of it; `tests/jobs` has the two together."""
    export = ask(client, form=form)
    monkeypatch.setattr("pa_portal.reports.exports.xlsx.CHUNK", 1)

    def stop(progress: making.Progress, rows: int) -> None:
        raise making.Stopped

    monkeypatch.setattr(making.Progress, "tick", stop)
    making.make(str(export.pk))
    assert list(store.iterdir()) == []
    # The connection is ready for the next statement.
    export.refresh_from_db()
    assert export.stored_name == ""


def test_one_cancelled_at_the_last_moment_is_not_kept(client: Client, manager: SimpleNamespace, store: Path) -> None:
    export = ask(client)
    begun = actions.begin(export_id=export.pk)
    assert begun is not None
    actions.cancel(by=manager.manager, export_id=export.pk)
    assert not actions.note_progress(export=begun, rows=1)
    assert not actions.finish(export=begun, stored_name=storage.new_name(), rows=1, size=1)


def test_a_worker_that_is_told_to_end_leaves_it_for_the_next(
    client: Client, manager: SimpleNamespace, store: Path
) -> None:
    export = ask(client)
    with pytest.raises(making.Stopped):
        making.make(str(export.pk), halted=lambda: True)
    assert list(store.iterdir()) == []
    making.make(str(export.pk))
    export.refresh_from_db()
    assert (export.state, export.rows) == (State.READY, 1)


def test_made_once_it_is_not_made_again(client: Client, manager: SimpleNamespace, store: Path) -> None:
    export = made(client)
    making.make(str(export.pk))
    assert len(list(store.iterdir())) == 1
    assert Event.objects.filter(action="export.made").count() == 1


def test_a_failure_is_told_plainly(
    client: Client, manager: SimpleNamespace, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ask(client)

    def fail(*args: Any, **kwargs: Any) -> int:
        raise OSError("No space left: Marisol Quintana")

    monkeypatch.setattr(making, "write", fail)
    with pytest.raises(OSError):
        making.make(str(export.pk))
    export.refresh_from_db()
    assert export.state == State.FAILED
    page = text_of(client, export)
    assert "Something went wrong" in page
    assert "Quintana" not in page
    assert "Choose the same again" in page
    assert list(store.iterdir()) == []


def test_a_permission_that_was_taken_away_meanwhile(client: Client, manager: SimpleNamespace) -> None:
    appoint_privacy_officer(by=None, user=manager.manager)
    export = ask(client, data="audit", **{"for": "audit", "column": ["action"], "by": ""})
    appoint_privacy_officer(by=None, user=manager.manager, on=False)
    making.make(str(export.pk))
    export.refresh_from_db()
    assert (export.state, export.problem) == (State.FAILED, "You may not, or no longer, have this data.")


def test_one_on_which_nobody_works_has_failed(client: Client, manager: SimpleNamespace) -> None:
    export = ask(client)
    actions.expire(now=timezone.now() + datetime.timedelta(minutes=59))
    export.refresh_from_db()
    assert export.state == State.QUEUED
    actions.expire(now=timezone.now() + datetime.timedelta(minutes=61))
    export.refresh_from_db()
    assert export.state == State.FAILED


@pytest.mark.parametrize("name", ["../settings", "a" * 39, "", "A" * 40, "/etc/passwd"])
def test_a_stored_name_leads_nowhere_else(name: str) -> None:
    with pytest.raises(ValueError):
        storage.path_of(name)


@pytest.mark.parametrize("wrong", [{"form": "pdf"}, {"column": []}, {"from": "x", "by": "submitted"}])
def test_bad_choices_are_not_queued(client: Client, manager: SimpleNamespace, wrong: dict[str, Any]) -> None:
    response = client.post("/reports/exports/start/", CHOICE | {"form": "csv"} | wrong)
    assert response.status_code == 422
    assert not Export.objects.exists()


def test_acts_are_posts(client: Client, manager: SimpleNamespace) -> None:
    export = ask(client)
    for path in ("start/", f"{export.pk}/cancel/", "schedules/", f"schedules/{export.pk}/delete/"):
        assert client.get(f"/reports/exports/{path}").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(manager.manager)
    assert strict.post("/reports/exports/start/", CHOICE | {"form": "csv"}).status_code == 403
