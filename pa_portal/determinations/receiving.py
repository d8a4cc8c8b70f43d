"""What follows at once when a submission arrives: its clock runs, the provider is told, and rules may approve it.

A submission is made one floor below, which knows nothing of this room; so this listens for the row itself. It is the
one signal in the portal: a clock that somebody forgot to start would be a deadline missed.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save

from pa_portal.determinations import answering, automatic, clocks, notices
from pa_portal.determinations.models import Notice
from pa_portal.submissions.models import Submission


def listen() -> None:
    """Receive every submission from now on."""
    post_save.connect(_saved, sender=Submission, dispatch_uid="determinations.receive")


def _saved(instance: Submission, created: bool, raw: bool = False, **given: Any) -> None:
    if created and not raw:
        receive(instance)


def receive(submission: Submission) -> None:
    """Start the clock of a first submission, or let it go on with a later one; in the submission's transaction."""
    request, at, by = submission.request, submission.submitted_at, submission.submitted_by
    if submission.number == 1:
        clocks.start(submission, by=by)
        if request.plan_id and automatic.switched_on(request):
            transaction.on_commit(partial(automatic.approve_if_met, submission.pk, request.plan_id))
    else:
        task = clocks.of_request(request)
        clocks.resume(task, by=by, reason="The provider answered", at=at)
        clocks.reclassify(task, submission, by=by, at=at)
        answering.answer_open(request, by=by)
        task.awaiting_director = False
        task.save(update_fields=["awaiting_director"])
    notices.queue(Notice.Kind.SUBMITTED, request, occasion=submission.pk)
