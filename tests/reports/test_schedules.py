"""Files made again and again: the period just ended, each day once, whatever was missed, and how they are delivered."""

from __future__ import annotations

import csv
import datetime
import io
import itertools
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client

from pa_portal.accounts.models import User
from pa_portal.audit.models import Event
from pa_portal.exports import actions, periods
from pa_portal.exports.models import Export, Schedule
from pa_portal.reports import tasks
from pa_portal.reports.exports import delivering, making
from tests.reports.making import Made, write

ZONE = ZoneInfo("America/New_York")
CHOICE = {"data": "requests", "for": "requests", "column": ["reference", "submitted_on"]}
HOW = {"frequency": "daily", "form": "csv", "delivery": "email"}


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EXPORT_ROOT = tmp_path / "exports"
    settings.EXPORT_FOLDER = str(tmp_path / "folder")
    settings.NOTICE_BASE_URL = "https://portal.example/"
    monkeypatch.setattr(making, "PROGRESS_SECONDS", 3600)


@pytest.fixture
def manager(client: Client, world: SimpleNamespace) -> SimpleNamespace:
    client.force_login(world.manager)
    return world


def planned(world: SimpleNamespace, at: str = "2026-03-02T10:00", **how: str) -> Schedule:
    what = actions.What("requests", how.pop("form", "csv"), "data=requests&for=requests&column=reference", False)
    given = {"frequency": "daily", "delivery": "email"} | how
    return actions.schedule(by=world.manager, what=what, now=moment(at), **given)


# Which days


# 2026-03-02 is a Monday.
LAST_DAYS = [
    ("daily", "2026-03-02", "2026-03-01"),
    ("weekly", "2026-03-02", "2026-03-01"),
    ("weekly", "2026-03-01", "2026-02-22"),
    ("weekly", "2026-03-08", "2026-03-01"),
    ("monthly", "2026-03-31", "2026-02-28"),
    ("monthly", "2026-03-01", "2026-02-28"),
    ("monthly", "2028-03-01", "2028-02-29"),
    ("monthly", "2026-01-15", "2025-12-31"),
]


@pytest.mark.parametrize(("frequency", "today", "last"), LAST_DAYS)
def test_the_period_just_ended(frequency: str, today: str, last: str) -> None:
    assert periods.last_day(frequency, datetime.date.fromisoformat(today)) == datetime.date.fromisoformat(last)


@pytest.mark.parametrize("frequency", ["daily", "weekly", "monthly"])
def test_the_day_named_for_the_next_file_is_the_first_on_which_it_is_due(frequency: str) -> None:
    day = datetime.date(2026, 1, 1)
    for step in range(800):
        today = day + datetime.timedelta(days=step)
        covered = periods.last_day(frequency, today)
        due = periods.next_day(frequency, covered)
        assert due > today
        assert periods.last_day(frequency, due) > covered
        assert periods.last_day(frequency, due - periods.ONE_DAY) == covered


RUNS = [
    # frequency, begun, when it runs, what the file covers
    ("daily", "2026-03-02T10:00", "2026-03-03T00:01", ("2026-03-02", "2026-03-02")),
    ("weekly", "2026-03-04T10:00", "2026-03-09T00:01", ("2026-03-02", "2026-03-08")),
    ("monthly", "2026-03-31T23:59", "2026-04-01T00:01", ("2026-03-01", "2026-03-31")),
    # Three days on which nothing ran: one file, no day left out.
    ("daily", "2026-03-02T10:00", "2026-03-06T09:00", ("2026-03-02", "2026-03-05")),
    ("weekly", "2026-03-04T10:00", "2026-03-25T09:00", ("2026-03-02", "2026-03-22")),
    # The day on which clocks go forward is a day like others.
    ("daily", "2026-03-08T01:00", "2026-03-09T00:01", ("2026-03-08", "2026-03-08")),
]


@pytest.mark.parametrize(("frequency", "begun", "runs", "days"), RUNS)
def test_a_run_covers_what_no_file_holds_yet(
    world: SimpleNamespace, frequency: str, begun: str, runs: str, days: tuple[str, str]
) -> None:
    schedule = planned(world, begun, frequency=frequency)
    assert actions.run(schedule_id=schedule.pk, now=moment(begun)) is None, "the period is not over"
    export = actions.run(schedule_id=schedule.pk, now=moment(runs))
    assert export is not None
    assert (export.start.isoformat(), export.end.isoformat()) == days
    assert actions.run(schedule_id=schedule.pk, now=moment(runs)) is None, "it was made"


def test_over_months_each_day_comes_once(world: SimpleNamespace) -> None:
    schedule = planned(world, "2026-01-01T10:00", frequency="weekly")
    now, files = moment("2026-01-01T10:00"), []
    for hours in (5, 30, 400, 1, 24, 24, 700, 50, 90, 2000):
        now += datetime.timedelta(hours=hours)
        files.append(actions.run(schedule_id=schedule.pk, now=now))
    covered = [one for one in files if one]
    assert len(covered) > 3
    for before, after in itertools.pairwise(covered):
        assert after.start == before.end + periods.ONE_DAY


def test_a_paused_one_does_not_run_and_what_passed_is_not_wanted(world: SimpleNamespace) -> None:
    schedule = planned(world)
    actions.pause(by=world.manager, schedule_id=schedule.pk)
    assert actions.run(schedule_id=schedule.pk, now=moment("2026-03-20T09:00")) is None
    actions.resume(by=world.manager, schedule_id=schedule.pk, now=moment("2026-03-20T09:00"))
    assert actions.run(schedule_id=schedule.pk, now=moment("2026-03-20T09:00")) is None
    export = actions.run(schedule_id=schedule.pk, now=moment("2026-03-21T09:00"))
    assert export is not None
    assert export.start == datetime.date(2026, 3, 20)


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "reviewer"}, {"organization": "other_plan"}])
def test_nothing_is_made_for_whoever_may_not_have_it_any_more(world: SimpleNamespace, change: dict[str, Any]) -> None:
    schedule = planned(world)
    if "organization" in change:
        change = {"organization": world.other_plan}
    User.objects.filter(pk=world.manager.pk).update(**change)
    assert actions.run(schedule_id=schedule.pk, now=moment("2026-03-20T09:00")) is None


def test_the_periodic_job_asks_for_what_is_due(world: SimpleNamespace) -> None:
    due, paused = planned(world), planned(world)
    actions.pause(by=world.manager, schedule_id=paused.pk)
    tasks.run_schedules(timestamp=1)
    tasks.run_schedules(timestamp=2)
    (export,) = Export.objects.all()
    assert export.schedule == due
    assert export.end == periods.last_day("daily", datetime.datetime.now(ZONE).date())


# What is in it, and how it arrives


def ready(world: SimpleNamespace, **how: str) -> Export:
    # Half an hour before and after each end of March 2 in New York.
    times = ("2026-03-01T23:30", "2026-03-02T00:30", "2026-03-02T23:30", "2026-03-03T00:30")
    write(world, [Made(moment(text)) for text in times])
    schedule = planned(world, **how)
    export = actions.run(schedule_id=schedule.pk, now=moment("2026-03-03T06:00"))
    assert export is not None
    making.make(str(export.pk))
    export.refresh_from_db()
    return export


def test_it_holds_the_rows_of_its_days(client: Client, manager: SimpleNamespace) -> None:
    export = ready(manager)
    assert (export.state, export.rows) == ("ready", 2)
    assert export.expires_at == export.finished_at + datetime.timedelta(days=7)
    response = client.get(f"/reports/exports/{export.pk}/file/")
    assert response["Content-Disposition"] == 'attachment; filename="requests-2026-03-02-to-2026-03-02.csv"'
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(content)))) == 2


def test_the_mail_holds_a_link_and_no_data(manager: SimpleNamespace) -> None:
    export = ready(manager)
    tasks.deliver(str(export.pk))
    tasks.deliver(str(export.pk))
    (message,) = mail.outbox
    assert message.to == [manager.manager.email]
    assert f"https://portal.example/reports/exports/{export.pk}/" in message.body
    assert message.attachments == []
    for word in ("Quintana", "PMH1001", "PA-", export.stored_name, "state=", "requests-"):
        assert word not in message.subject + message.body


def test_a_mail_server_that_refuses_is_tried_again(manager: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    export = ready(manager)
    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tasks.deliver(str(export.pk))
    tasks.deliver(str(export.pk))
    assert len(mail.outbox) == 1


def test_the_folder_gets_the_file_under_a_safe_name(manager: SimpleNamespace, tmp_path: Path) -> None:
    export = ready(manager, delivery="folder")
    for _ in range(2):
        tasks.deliver(str(export.pk))
    (file,) = (tmp_path / "folder" / manager.plan.pk.hex).iterdir()
    assert file.name == f"requests-2026-03-02-to-2026-03-02-{str(export.schedule_id)[:8]}.csv"
    assert len(file.read_text(encoding="utf-8-sig").splitlines()) == 3
    assert mail.outbox == []
    assert Event.objects.filter(action="export.delivered").first().detail["name"] == file.name


def test_half_a_file_never_lies_in_the_folder(
    manager: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = ready(manager, delivery="folder")

    def fail(*args: Any) -> None:
        raise OSError

    monkeypatch.setattr(delivering.shutil, "copyfileobj", fail)
    with pytest.raises(OSError):
        tasks.deliver(str(export.pk))
    assert list((tmp_path / "folder" / manager.plan.pk.hex).iterdir()) == []


# The pages


def test_a_manager_makes_pauses_resumes_and_deletes_one(client: Client, manager: SimpleNamespace) -> None:
    page = client.get("/reports/exports/schedules/new/", CHOICE).content.decode()
    assert "By the day they were submitted" in page
    assert client.post("/reports/exports/schedules/", CHOICE | HOW).status_code == 302
    schedule = Schedule.objects.get()
    assert (schedule.owner, schedule.frequency, schedule.delivery) == (manager.manager, "daily", "email")
    assert schedule.query == "data=requests&for=requests&column=reference&column=submitted_on"
    for act, shown in (("pause", "Paused"), ("resume", "Next on"), ("delete", "Nothing is made regularly")):
        assert client.post(f"/reports/exports/schedules/{schedule.pk}/{act}/").status_code == 302
        assert shown in client.get("/reports/exports/").content.decode()
    assert not Schedule.objects.exists()
    acts = Event.objects.filter(action__startswith="schedule.", actor_id=manager.manager.pk).order_by("id")
    assert [event.action.split(".")[1] for event in acts] == ["created", "paused", "resumed", "deleted"]


def test_files_of_a_deleted_schedule_stay(client: Client, manager: SimpleNamespace) -> None:
    export = ready(manager)
    actions.delete_schedule(by=manager.manager, schedule_id=export.schedule_id)
    assert client.get(f"/reports/exports/{export.pk}/file/").status_code == 200


@pytest.mark.parametrize("act", ["pause", "resume", "delete"])
def test_nobody_else_finds_it(manager: SimpleNamespace, act: str) -> None:
    schedule = planned(manager)
    for person in (manager.other_manager, manager.clinic_manager, manager.reviewer):
        other = Client()
        other.force_login(person)
        assert other.post(f"/reports/exports/schedules/{schedule.pk}/{act}/").status_code == 404
    schedule.refresh_from_db()
    assert schedule.paused_at is None


def test_days_of_any_time_make_no_period(client: Client, manager: SimpleNamespace) -> None:
    page = client.get("/reports/exports/schedules/new/", CHOICE | {"by": "any"}).content.decode()
    assert "Choose first by which day the rows count" in page
    assert client.post("/reports/exports/schedules/", CHOICE | HOW | {"by": "any"}).status_code == 422
    assert not Schedule.objects.exists()


@pytest.mark.parametrize("wrong", [{"frequency": "hourly"}, {"delivery": "fax"}, {"form": ""}])
def test_bad_choices_are_told_at_their_field(client: Client, manager: SimpleNamespace, wrong: dict[str, str]) -> None:
    response = client.post("/reports/exports/schedules/", CHOICE | HOW | wrong)
    assert response.status_code == 422
    assert f'href="#id_{next(iter(wrong))}"' in response.content.decode()


def test_without_a_folder_none_is_offered(client: Client, manager: SimpleNamespace, settings: Any) -> None:
    settings.EXPORT_FOLDER = ""
    assert "export folder" not in client.get("/reports/exports/schedules/new/", CHOICE).content.decode()
    assert client.post("/reports/exports/schedules/", CHOICE | HOW | {"delivery": "folder"}).status_code == 422
