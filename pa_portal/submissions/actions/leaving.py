"""Giving up a request: taking back what was sent, discarding what was not."""

from __future__ import annotations

import uuid

from django.db import transaction

from pa_portal.accounts.models import User
from pa_portal.audit.actions import record
from pa_portal.submissions import transitions
from pa_portal.submissions.actions.attachments import drop
from pa_portal.submissions.guard import advance, lock
from pa_portal.submissions.models import Request


@transaction.atomic
def withdraw(*, by: User, request_id: uuid.UUID | str, version: int) -> Request:
    """Take back a submitted or pended request. It stays on record."""
    return _leave("withdraw", "request.withdrawn", by, request_id, version)


@transaction.atomic
def discard_draft(*, by: User, request_id: uuid.UUID | str, version: int) -> None:
    """Discard a draft. Nobody sees it again; its history stays on record, like every answer. Attached files go."""
    drop(_leave("discard", "request.discarded", by, request_id, version), by=by)


def _leave(move: str, action: str, by: User, request_id: uuid.UUID | str, version: int) -> Request:
    request = lock(by=by, request_id=request_id)
    advance(request, version=version, state=transitions.require(move, by=by, request=request).target)
    record(by=by, action=action, obj=request, detail={"version": request.version})
    return request
