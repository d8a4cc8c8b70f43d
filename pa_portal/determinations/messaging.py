"""Messages between the plan and the prescriber's side, and the plan's notes to itself."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import PROVIDERS, REVIEWERS, User
from pa_portal.audit.actions import record
from pa_portal.determinations import acts, correspondents, notices
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import Message, MessageRead, Note, Notice, Side
from pa_portal.submissions.cleaning import fill
from pa_portal.submissions.guard import lock
from pa_portal.submissions.models import Request
from pa_portal.submissions.queries import as_id, one, visible_to


@transaction.atomic
def send_message(
    *,
    by: User,
    request_id: uuid.UUID | str,
    body: str,
    id: uuid.UUID | str | None = None,
    seen: int | None = None,
) -> Message:
    """Send the other side a message about a submitted request, and queue the notice of it.

    ``id`` is drawn by the page: sent again by the same person, it gives the message there is. ``seen`` is how many
    messages the page showed; when others were sent since, Conflict names the last one's author and nothing is sent.
    Without it, nobody looks. Raises ValidationError for ``body``.
    """
    request = lock(by=by, request_id=request_id)
    acts.require("send_message", by=by, request=request)
    own_id = _own_id(id, request, by)
    before = Message.objects.filter(pk=own_id).first()
    if before is not None:
        return before
    sent = correspondents.messages_of(request)
    if seen is not None and len(sent) > seen:
        raise Conflict(who=sent[-1].author.get_full_name(), when=sent[-1].sent_at, decision="Message sent")
    side = correspondents.side_of(by)
    message = Message(request=request, side=side, author=by, sent_at=timezone.now())
    _keep(message, own_id, body)
    correspondents.mark_new(request, to=Side.PLAN if side == Side.PROVIDER else Side.PROVIDER)
    record(
        by=by,
        action="message.sent",
        obj=message,
        organization_id=request.organization_id,
        detail={"request": str(request.pk), "side": side},
    )
    # Who answers has read what was there to answer.
    _read(request, by)
    notices.queue(Notice.Kind.MESSAGE, request, occasion=message.pk, to=correspondents.told_of(message))
    return message


@transaction.atomic
def read_messages(*, by: User, request_id: uuid.UUID | str) -> int:
    """Put on record that this person's side has read what the other side sent; return how many were new.

    Only those who could answer read for their side: a manager who looks leaves everything as new as it was.
    """
    request = one(visible_to(by), request_id)
    return _read(request, by) if by.role in (*PROVIDERS, *REVIEWERS) else 0


@transaction.atomic
def write_note(*, by: User, request_id: uuid.UUID | str, body: str, id: uuid.UUID | str | None = None) -> Note:
    """Leave the plan's people a note on a request. ``id`` as for a message. Raises ValidationError for ``body``."""
    request = lock(by=by, request_id=request_id)
    acts.require("write_note", by=by, request=request)
    own_id = _own_id(id, request, by)
    before = Note.objects.filter(pk=own_id).first()
    if before is not None:
        return before
    note = Note(request=request, author=by, written_at=timezone.now())
    _keep(note, own_id, body)
    # The plan's own: what a practice may learn of its requests does not include that there is a note.
    record(
        by=by,
        action="note.written",
        obj=note,
        organization_id=by.organization_id,
        detail={"request": str(request.pk)},
    )
    return note


def _own_id(id: uuid.UUID | str | None, request: Request, by: User) -> uuid.UUID:
    """Return the id to store under: of this person's form on this request, so that no other is ever met."""
    token = as_id(id) if id else None
    return uuid.uuid5(request.pk, f"{by.pk} {token}") if token else uuid.uuid4()


def _keep(said: Message | Note, id: uuid.UUID, body: str) -> None:
    fill(said, {"body": body}, ("body",), required=("body",))
    said.pk = id
    said.save(force_insert=True)


def _read(request: Request, by: User) -> int:
    marked = correspondents.lock_new(by, request)
    if marked is None:
        return 0
    new = list(correspondents.unread(by).filter(request=request).values_list("pk", flat=True))
    if new:
        # Two people of a side at once: the first stays.
        MessageRead.objects.bulk_create(
            [MessageRead(message_id=pk, by=by, at=timezone.now()) for pk in new], ignore_conflicts=True
        )
        record(
            by=by,
            action="message.read",
            obj=request,
            organization_id=request.organization_id,
            detail={"messages": [str(pk) for pk in new]},
        )
    correspondents.unmark(marked, by)
    return len(new)
