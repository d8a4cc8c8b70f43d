"""Writes about files: asked for, begun, ready, taken away, given up, gone; and about their schedules."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import asdict, dataclass
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.audit.actions import record
from pa_portal.exports import periods, queries, storage
from pa_portal.exports.models import Delivery, Export, Schedule, Wanted

State = Export.State
STUCK_AFTER = datetime.timedelta(hours=1)


class NotReady(Exception):
    """The file is not there to be taken: not made yet, given up, or gone."""


@dataclass(frozen=True, slots=True)
class What:
    """What a file is to hold; see ``models.Wanted``."""

    data_set: str
    form: str
    query: str
    patients: bool


@transaction.atomic
def ask(*, by: User, what: What, expected: int) -> Export:
    """Ask for a file of about ``expected`` rows. Whoever makes it is to be told in the same transaction."""
    export = Export.objects.create(owner=by, organization_id=by.organization_id, expected=expected, **asdict(what))
    _record(export, "export.requested", by)
    return export


@transaction.atomic
def begin(*, export_id: uuid.UUID | str) -> Export | None:
    """Begin to make a file, or begin again after a run that died; None when it is not wanted any more."""
    export = Export.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=export_id).first()
    if export is None or not export.under_way:
        return None
    export.state, export.rows, export.seen_at = State.RUNNING, 0, timezone.now()
    export.save(update_fields=["state", "rows", "seen_at"])
    return export


def note_progress(*, export: Export, rows: int) -> bool:
    """Say how many rows are written; return whether to go on."""
    running = Export.objects.filter(pk=export.pk, state=State.RUNNING)
    return bool(running.update(rows=rows, seen_at=timezone.now()))


@transaction.atomic
def finish(*, export: Export, stored_name: str, rows: int, size: int, now: datetime.datetime | None = None) -> bool:
    """Say that the file is there; False, and it is not wanted, when it was cancelled meanwhile."""
    at = now or timezone.now()
    hours = settings.EXPORT_SCHEDULED_HOURS if export.schedule_id else settings.EXPORT_HOURS
    found = Export.objects.filter(pk=export.pk, state=State.RUNNING).update(
        state=State.READY,
        stored_name=stored_name,
        rows=rows,
        size=size,
        finished_at=at,
        seen_at=at,
        expires_at=at + datetime.timedelta(hours=hours),
    )
    if found:
        export.refresh_from_db()
        _record(export, "export.made", None, rows=rows)
    return bool(found)


@transaction.atomic
def fail(*, export: Export, problem: str) -> None:
    """Say why there is no file, in words for its owner that quote nothing."""
    at = timezone.now()
    open_ones = Export.objects.filter(pk=export.pk, state__in=(State.QUEUED, State.RUNNING))
    if open_ones.update(state=State.FAILED, problem=problem, finished_at=at, seen_at=at):
        _record(export, "export.failed", None)


@transaction.atomic
def cancel(*, by: User, export_id: uuid.UUID | str) -> Export:
    """Give up a file: one under way is not made, one that is there is deleted. Raises Export.DoesNotExist."""
    queries.export_of(by, export_id)
    export = Export.objects.select_for_update().get(pk=export_id)
    if export.under_way or export.state == State.READY:
        _let_go(export, State.CANCELLED)
        _record(export, "export.cancelled", by)
    return export


@transaction.atomic
def take(*, by: User, export_id: uuid.UUID | str, now: datetime.datetime | None = None) -> tuple[Export, IO[bytes]]:
    """Return a file that this person may take, open at its start; the taking is recorded first.

    Raises Export.DoesNotExist for one that is not theirs, and NotReady when there is nothing to take.
    """
    export = queries.export_of(by, export_id)
    if export.state != State.READY or export.expires_at is None or export.expires_at <= (now or timezone.now()):
        raise NotReady
    try:
        file = storage.open_file(export.stored_name)
    except FileNotFoundError:
        raise NotReady from None
    _record(export, "export.downloaded", by, rows=export.rows)
    return export, file


@transaction.atomic
def note_delivery(*, export: Export, name: str) -> None:
    """Put on record that a file was put into the export folder, under this name."""
    _record(export, "export.delivered", None, name=name, rows=export.rows)


def expire(*, now: datetime.datetime | None = None) -> int:
    """Delete the files whose time is over, and what runs that died left behind; return how many files expired.

    An export on which nobody has worked for an hour has failed: its owner can ask again.
    """
    at = now or timezone.now()
    for export in queries.stuck(at - STUCK_AFTER):
        fail(export=export, problem="Nothing worked on it for an hour. Ask for it again.")
    gone = sum(_expire(key, at) for key in queries.over(at).values_list("pk", flat=True))
    storage.sweep(queries.stored_names(), before=timezone.now() - STUCK_AFTER)
    return gone


@transaction.atomic
def _expire(key: uuid.UUID, at: datetime.datetime) -> bool:
    export = queries.over(at).select_for_update().filter(pk=key).first()
    if export is None:
        return False
    _let_go(export, State.EXPIRED)
    _record(export, "export.expired", None)
    return True


def _let_go(export: Export, state: Export.State) -> None:
    """Take the file away, once it is sure that the row says so."""
    name, export.stored_name = export.stored_name, ""
    export.state, export.seen_at = state, timezone.now()
    export.finished_at = export.finished_at or export.seen_at
    export.save(update_fields=["state", "stored_name", "seen_at", "finished_at"])
    transaction.on_commit(lambda: storage.delete(name))


# Schedules


@transaction.atomic
def schedule(*, by: User, what: What, frequency: str, delivery: str, now: datetime.datetime | None = None) -> Schedule:
    """Have a file made whenever a period is over, from the one that is under way on."""
    made = Schedule(
        owner=by,
        organization_id=by.organization_id,
        frequency=frequency,
        delivery=delivery,
        covered_to=periods.last_day(frequency, timezone.localdate(now)),
        **asdict(what),
    )
    made.full_clean()
    made.save(force_insert=True)
    _record(made, "schedule.created", by, frequency=frequency, delivery=delivery)
    return made


@transaction.atomic
def pause(*, by: User, schedule_id: uuid.UUID | str) -> Schedule:
    """Make no more files of a schedule until it is resumed. Raises Schedule.DoesNotExist."""
    found = _lock(by, schedule_id)
    if found.paused_at is None:
        found.paused_at = timezone.now()
        found.save(update_fields=["paused_at"])
        _record(found, "schedule.paused", by)
    return found


@transaction.atomic
def resume(*, by: User, schedule_id: uuid.UUID | str, now: datetime.datetime | None = None) -> Schedule:
    """Go on with a schedule, from the period that is under way on: what passed meanwhile was not wanted."""
    found = _lock(by, schedule_id)
    if found.paused_at is not None:
        found.paused_at = None
        found.covered_to = max(found.covered_to, periods.last_day(found.frequency, timezone.localdate(now)))
        found.save(update_fields=["paused_at", "covered_to"])
        _record(found, "schedule.resumed", by)
    return found


@transaction.atomic
def delete_schedule(*, by: User, schedule_id: uuid.UUID | str) -> None:
    """Delete a schedule; the files it had made stay until they expire. Raises Schedule.DoesNotExist."""
    found = _lock(by, schedule_id)
    _record(found, "schedule.deleted", by)
    found.delete()


@transaction.atomic
def run(*, schedule_id: uuid.UUID | str, now: datetime.datetime | None = None) -> Export | None:
    """Ask for the file of the period that is over, if that one was not made yet; None otherwise.

    Where runs were missed, one file holds all their days: none is left out, and none comes twice.
    """
    found = queries.running_schedules().select_for_update(of=("self",)).filter(pk=schedule_id).first()
    if found is None or found.organization_id != found.owner.organization_id:
        return None
    end = periods.last_day(found.frequency, timezone.localdate(now))
    if end <= found.covered_to:
        return None
    start, found.covered_to = found.covered_to + periods.ONE_DAY, end
    found.save(update_fields=["covered_to"])
    export = Export.objects.create(
        owner=found.owner,
        organization_id=found.organization_id,
        data_set=found.data_set,
        form=found.form,
        query=found.query,
        patients=found.patients,
        schedule=found,
        delivery=found.delivery,
        start=start,
        end=end,
    )
    _record(export, "export.scheduled", None, schedule=str(found.pk))
    return export


def claim_mail(*, export: Export) -> bool:
    """Say that the e-mail with the link goes out now; False when it has already, or the file is gone."""
    ready = Export.objects.filter(pk=export.pk, state=State.READY, delivery=Delivery.EMAIL, told_at__isnull=True)
    return bool(ready.update(told_at=timezone.now()))


def give_mail_back(*, export: Export) -> None:
    """Say that the e-mail did not go out after all."""
    Export.objects.filter(pk=export.pk).update(told_at=None)


def _lock(by: User, schedule_id: uuid.UUID | str) -> Schedule:
    return queries.schedules_of(by).select_for_update(of=("self",)).get(pk=schedule_id)


def _record(obj: Wanted, action: str, by: User | None, **detail: str | int) -> None:
    record(
        by=by,
        action=action,
        obj=obj,
        organization_id=obj.organization_id,
        detail={
            "data_set": obj.data_set,
            "format": obj.form,
            "filters": obj.query,
            "patients_named": obj.patients,
            **detail,
        },
    )
