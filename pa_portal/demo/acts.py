"""What can happen to a demo request once it is filled in: each by the action that the pages call, too."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.demo.people import USERS
from pa_portal.demo.schedule import appointment
from pa_portal.determinations import actions as determinations
from pa_portal.determinations.mailing import letters_to_mail
from pa_portal.determinations.queries import authorization_for, open_appeal
from pa_portal.determinations.worklist import task_of
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.models import Request

# The request; who acts; who fills in for them; what else there is to say.
Do = Callable[[Request, User, User, dict[str, Any]], object]


def _on(request: Request) -> dict[str, Any]:
    return {"request_id": request.pk, "version": request.version}


def _in(days: float) -> datetime.datetime:
    return timezone.now() + datetime.timedelta(days=days)


def _respond(request: Request, by: User, staff: User, details: dict[str, Any]) -> None:
    if "answers" in details:
        request = submissions.save_answers(by=staff, **_on(request), answers=details["answers"])
    determinations.respond_to_pend(by=by, **_on(request), response=details["response"])


def _correct(request: Request, by: User, staff: User, details: dict[str, Any]) -> None:
    draft = submissions.start_correction(by=staff, request_id=request.pk)
    draft = submissions.save_treatment(by=staff, **_on(draft), data=details)
    submissions.submit(by=by, **_on(draft))


def _pend(request: Request, by: User, staff: User, details: dict[str, Any]) -> None:
    respond_by = timezone.localdate(_in(details["days"]))
    determinations.pend(by=by, **_on(request), information_needed=details["information_needed"], respond_by=respond_by)


def _take(request: Request, by: User, staff: User, details: dict[str, Any]) -> None:
    task = task_of(request)
    assert task is not None
    determinations.assign_to_me(by=by, task_id=task.pk)


def _reassign(request: Request, by: User, staff: User, details: dict[str, Any]) -> None:
    task = task_of(request)
    assert task is not None
    to = User.objects.get(email=USERS[details["to"]]["email"])
    determinations.reassign(by=by, task_id=task.pk, to=to)


def _mail(request: Request, by: User, staff: User, details: dict[str, Any]) -> None:
    for letter in letters_to_mail(by).filter(request=request):
        determinations.mark_as_mailed(by=by, letter_id=letter.pk)


def _schedule_call(request: Request, by: User, staff: User, details: dict[str, Any]) -> None:
    call_at = appointment(timezone.now(), **details)
    determinations.schedule_peer_to_peer(by=by, request_id=request.pk, call_at=call_at)


def _uphold(request: Request, by: User, staff: User, details: dict[str, Any]) -> None:
    appeal = open_appeal(request)
    assert appeal is not None
    determinations.uphold_appeal(by=by, appeal_id=appeal.pk, **details)


def _void(request: Request, by: User, staff: User, details: dict[str, Any]) -> None:
    authorization = authorization_for(by, request.pk)
    assert authorization is not None
    determinations.void(by=by, authorization_id=authorization.pk, **details)


ACTS: dict[str, Do] = {
    "ready": lambda request, by, staff, details: submissions.mark_ready_to_sign(by=staff, **_on(request)),
    "submit": lambda request, by, staff, details: submissions.submit(by=by, **_on(request)),
    "correct": _correct,
    "withdraw": lambda request, by, staff, details: determinations.withdraw(by=by, **_on(request)),
    "respond": _respond,
    "take": _take,
    "reassign": _reassign,
    "message": lambda request, by, staff, details: determinations.send_message(by=by, request_id=request.pk, **details),
    "note": lambda request, by, staff, details: determinations.write_note(by=by, request_id=request.pk, **details),
    "approve": lambda request, by, staff, details: determinations.approve(by=by, **_on(request), **details),
    "recommend": lambda request, by, staff, details: determinations.recommend_denial(by=by, **_on(request), **details),
    "deny": lambda request, by, staff, details: determinations.deny(by=by, **_on(request), **details),
    "pend": _pend,
    "mail": _mail,
    "ask_for_call": lambda request, by, staff, details: determinations.request_peer_to_peer(
        by=by, request_id=request.pk, **details
    ),
    "schedule_call": _schedule_call,
    "appeal": lambda request, by, staff, details: determinations.file_appeal(by=by, **_on(request), **details),
    "uphold": _uphold,
    "void": _void,
}
