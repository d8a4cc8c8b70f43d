"""Who does a request: take the next, take this one, put it back, give it to a colleague. All by POST."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import Stage, Task
from pa_portal.review import queue
from pa_portal.review.allowed import Situation
from pa_portal.review.views.common import SeeOther, case_or_404, case_url, user_of
from pa_portal.submissions.errors import NotAllowed

_LISTS = {"queue": "admin:submissions_request_changelist", "appeals": "admin:determinations_appeal_changelist"}


@require_POST
def take_next(request: HttpRequest, stage: str = Stage.REQUEST) -> HttpResponse:
    """Take the request, or the appeal, with the least time left that nobody has and this person may decide; open it."""
    task = actions.take_next(by=user_of(request), stage=stage)
    if task is None:
        messages.info(request, "Nothing is waiting for you to take.")
        return SeeOther(reverse(_LISTS["appeals" if stage == Stage.APPEAL else "queue"]))
    messages.success(request, "This appeal is yours now." if stage == Stage.APPEAL else "This request is yours now.")
    return SeeOther(case_url(task.request_id))


@require_POST
def assign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take this request, if nobody has it."""
    user, task = user_of(request), _task(request, pk)
    try:
        actions.assign_to_me(by=user, task_id=task.pk)
    except Conflict as first:
        messages.warning(request, f"{first.who} has this request already.")
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "This request is yours now.")
    return _back(request, pk)


@require_POST
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a request back among those that nobody has."""
    task = _task(request, pk)
    try:
        actions.release(by=user_of(request), task_id=task.pk)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "Released. Anybody can take this request now.")
    return _back(request, pk)


@require_POST
def reassign(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give a request to a colleague of the plan."""
    user, task = user_of(request), _task(request, pk)
    to = _colleague(user, request.POST.get("to", ""))
    if to is None:
        messages.warning(request, "Choose a colleague to give this request to.")
        return _back(request, pk)
    try:
        actions.reassign(by=user, task_id=task.pk, to=to)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"Given to {to.get_full_name()}.")
    return _back(request, pk)


def _task(request: HttpRequest, pk: UUID) -> Task:
    found, _ = case_or_404(request, pk)
    task = Situation(found).task
    if task is None:
        raise Http404
    return task


def _colleague(user: User, id: str) -> User | None:
    return next((each for each in queue.colleagues(user) if str(each.pk) == id), None)


def _back(request: HttpRequest, pk: UUID) -> HttpResponse:
    page = _LISTS.get(request.POST.get("back", ""))
    return SeeOther(reverse(page) if page else case_url(pk))
