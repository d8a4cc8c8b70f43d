"""Giving up a request: taking back what was sent, discarding what was not."""

from __future__ import annotations

import datetime
import uuid

from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.audit.actions import record
from pa_portal.submissions import queries, transitions
from pa_portal.submissions.actions.attachments import drop
from pa_portal.submissions.guard import advance, lock
from pa_portal.submissions.models import Request


@transaction.atomic
def withdraw(*, by: User, request_id: uuid.UUID | str, version: int) -> Request:
    """Take back a submitted or pended request. It stays on record; a draft in which it was being corrected goes."""
    request = _leave("withdraw", "request.withdrawn", by, request_id, version)
    correction = queries.correction_of(request)
    if correction is not None:
        discard_draft(by=by, request_id=correction.pk, version=correction.version)
    return request


@transaction.atomic
def discard_draft(*, by: User, request_id: uuid.UUID | str, version: int) -> None:
    """Discard a draft. Nobody sees it again; its history stays on record, like every answer. Attached files go."""
    drop(_leave("discard", "request.discarded", by, request_id, version), by=by)


def expire_drafts(*, now: datetime.datetime | None = None) -> int:
    """Discard every draft that nobody has saved for ``settings.DRAFT_DAYS``, each in its own transaction.

    Returns how many. One that is saved or discarded meanwhile is left alone.
    """
    at = now or timezone.now()
    return sum(_expire(key, at) for key in queries.expired_drafts(at).values_list("pk", flat=True))


@transaction.atomic
def _expire(key: uuid.UUID, at: datetime.datetime) -> bool:
    draft = queries.expired_drafts(at).select_for_update().filter(pk=key).first()
    if draft is None:
        return False
    advance(draft, version=draft.version, state=transitions.TRANSITIONS["discard"].target)
    drop(draft, by=None)
    record(by=None, action="request.expired", obj=draft, detail={"version": draft.version})
    return True


def _leave(move: str, action: str, by: User, request_id: uuid.UUID | str, version: int) -> Request:
    request = lock(by=by, request_id=request_id)
    advance(request, version=version, state=transitions.require(move, by=by, request=request).target)
    record(by=by, action=action, obj=request, detail={"version": request.version})
    return request
