"""The jobs of exports. Their arguments are ids: what a file holds is looked up when it is made, for its owner."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import JobContext

from pa_portal.accounts.acting import acting_as_portal, acting_for
from pa_portal.exports import actions, queries
from pa_portal.exports.models import Delivery, Export
from pa_portal.jobs.queue import put
from pa_portal.reports import daily
from pa_portal.reports.exports import delivering, making


def defer(export: Export) -> None:
    """Have the worker make a file. One after another for each owner, so that nobody's many hold up everybody's."""
    put(make_export, lock=f"exports of {export.owner_id}", export_id=str(export.pk))


def _ready(export: Export) -> None:
    if export.delivery:
        put(deliver, export_id=str(export.pk))


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=5, wait=2, retry_exceptions=[JobAborted]))
def make_export(context: JobContext, export_id: str) -> None:
    """Make one file and see to its delivery. A worker that is told to end stops, and the next begins it again."""
    try:
        with acting_as_portal("exports"):
            making.make(export_id, halted=context.should_abort, ready=_ready)
    except making.Stopped:
        raise JobAborted from None


@app.task(retry=RetryStrategy(max_attempts=6, exponential_wait=10))
def deliver(export_id: str) -> None:
    """Put a scheduled file where it belongs, or tell its owner where it is; again when that did not work."""
    with acting_as_portal("exports"):
        export = Export.objects.select_related("owner").filter(pk=export_id, state=Export.State.READY).first()
    if export is None:
        return
    with acting_for(export.owner):
        if export.delivery == Delivery.FOLDER and settings.EXPORT_FOLDER:
            delivering.put_into_folder(export)
        elif settings.NOTICE_BASE_URL:
            delivering.send_link(export)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="run_schedules")
def run_schedules(timestamp: int) -> None:
    """Ask for the files of periods that are over. What was missed while nothing ran is caught up at once."""
    with acting_as_portal():
        for key in queries.running_schedules().values_list("pk", flat=True):
            with transaction.atomic():
                export = actions.run(schedule_id=key)
                if export is not None:
                    defer(export)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="expire_exports")
def expire_exports(timestamp: int) -> None:
    """Delete the files whose time is over."""
    with acting_as_portal():
        actions.expire()


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="fold")
def fold(timestamp: int) -> None:
    """Keep the sums of the days that have changed, so that a dashboard works out few of them afresh."""
    with acting_as_portal("cases"):
        daily.fold()
