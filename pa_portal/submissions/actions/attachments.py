"""Documents attached to a request: added, removed, read."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Collection
from functools import partial
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.audit.actions import record
from pa_portal.submissions import queries
from pa_portal.submissions.errors import Damaged
from pa_portal.submissions.files import Unacceptable, recognize
from pa_portal.submissions.files.storage import storage
from pa_portal.submissions.guard import advance, lock_to_edit
from pa_portal.submissions.models import ATTACHMENT_BYTES, Attachment, AttachmentKind, Request

MOST_FILES = 20
MOST_BYTES_TOGETHER = 100 * 1024 * 1024
# Characters that turn the direction of a name, so that its ending reads as another.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def add_attachment(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    file: File,
    kind: str,
    criteria: Collection[str] = (),
    name: str = "",
) -> Attachment:
    """Attach a document to a request that is open to changes; ``attachment.request`` is the request as it is then.

    ``criteria``: ids of the policy's criteria that it supports. ``name`` replaces the file's own. The same file once
    more, with the same kind and criteria, is the attachment there is. Raises ValidationError for "file" (not a PDF, PNG
    or JPEG by its content, over 20 MB, one too many, or attached already as something else), "kind" and "criteria".
    """
    queries.one(queries.visible_to(by), request_id)
    data, content_type = _read(file)
    attachment = Attachment(
        kind=kind,
        criteria=sorted(set(criteria)),
        original_name=_tidy(name or file.name or ""),
        content_type=content_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        uploaded_by=by,
    )
    stored: list[str] = []
    try:
        with transaction.atomic():
            request = lock_to_edit(by=by, request_id=request_id)
            attachment.request = request
            there = queries.attachments_of(request).filter(sha256=attachment.sha256).first()
            if there is not None and (there.kind, there.criteria) == (kind, attachment.criteria):
                there.request = request
                return there
            _check(attachment, there)
            stored.append(storage.put(data))
            attachment.stored_name = stored[0]
            attachment.save(force_insert=True)
            advance(request, version=version)
            _record(by, "attachment.added", attachment, size=attachment.size, sha256=attachment.sha256)
    except BaseException:
        for left in stored:
            storage.delete(left)
        raise
    return attachment


@transaction.atomic
def remove_attachment(*, by: User, attachment_id: uuid.UUID | str, version: int) -> Request:
    """Take a document off a request that is open to changes; once removed, it stays removed.

    What was sent stays in what was sent; the bytes of what never was are deleted. Raises Attachment.DoesNotExist.
    """
    attachment = queries.attachment_for(by, attachment_id)
    request = lock_to_edit(by=by, request_id=attachment.request_id)
    attachment.refresh_from_db(fields=["removed_at", "sent_at"])
    if attachment.removed_at is None:
        advance(request, version=version)
        _remove(attachment, by)
    return request


def open_attachment(*, by: User, attachment_id: uuid.UUID | str) -> tuple[Attachment, File]:
    """Return a document that this person may read, and its file, open at the start; the reading is recorded.

    Raises Attachment.DoesNotExist, and Damaged if the file is not what was stored.
    """
    attachment = queries.attachment_for(by, attachment_id)
    try:
        file = storage.open(attachment.stored_name)
    except FileNotFoundError:
        raise Damaged("The file is missing.") from None
    if hashlib.file_digest(file, "sha256").hexdigest() != attachment.sha256:
        file.close()
        raise Damaged("The file is not as it was stored.")
    file.seek(0)
    _record(by, "attachment.read", attachment)
    return attachment, file


_COPIED = (
    "kind",
    "criteria",
    "original_name",
    "content_type",
    "size",
    "sha256",
    "stored_name",
    "uploaded_by",
    "uploaded_at",
)


def copy_attachments(source: Request, target: Request, *, instead: bool = False, by: User | None = None) -> None:
    """Attach what ``source`` has to ``target``, too, with who attached it and when; both share the bytes.

    ``instead`` removes from ``target`` whatever ``source`` does not have. The caller holds both rows' locks.
    """
    wanted = {_essence(each): each for each in queries.attachments_of(source)}
    there = {_essence(each): each for each in queries.attachments_of(target)}
    for what, attachment in there.items() if instead else ():
        if what not in wanted:
            _remove(attachment, by)
    Attachment.objects.bulk_create(
        Attachment(request=target, **{name: getattr(attachment, name) for name in _COPIED})
        for what, attachment in wanted.items()
        if what not in there
    )


def _essence(attachment: Attachment) -> tuple[str, str, tuple[str, ...]]:
    return attachment.sha256, attachment.kind, tuple(attachment.criteria)


def drop(request: Request, *, by: User | None) -> None:
    """Remove whatever is attached to a draft that is given up."""
    for attachment in queries.attachments_of(request):
        _remove(attachment, by)


def _read(file: File) -> tuple[bytes, str]:
    too_large = f"The file is larger than {ATTACHMENT_BYTES // 1024 // 1024} MB. Scan it at a lower resolution."
    if (file.size or 0) > ATTACHMENT_BYTES:
        raise ValidationError({"file": too_large})
    data = file.read(ATTACHMENT_BYTES + 1)
    if len(data) > ATTACHMENT_BYTES:
        raise ValidationError({"file": too_large})
    if not data:
        raise ValidationError({"file": "The file is empty. Choose another."})
    try:
        return data, recognize(data)
    except Unacceptable as refusal:
        raise ValidationError({"file": str(refusal)}) from refusal


def _tidy(name: str) -> str:
    """Return the last part of a file's name, with nothing in it that cannot be stored or misleads the reader."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(
        character
        for character in last
        if unicodedata.category(character) not in ("Cc", "Cs") and character not in _TURNING
    )
    path = PurePath(kept.strip(" .") or "document")
    return f"{path.stem[: 150 - len(path.suffix[:10])]}{path.suffix[:10]}"


def _check(attachment: Attachment, there: Attachment | None) -> None:
    """Raise ValidationError for what cannot be attached to this request."""
    errors: dict[str, str] = {}
    if attachment.kind not in AttachmentKind.values:
        errors["kind"] = "Choose what kind of document this is."
    if not set(attachment.criteria) <= queries.policy_of(attachment.request).criteria.keys():
        errors["criteria"] = "Choose among the policy's criteria."
    here = queries.attachments_of(attachment.request).order_by()
    if there is not None:
        errors["file"] = (
            f"This file is attached already, as “{there.original_name}”. Remove that one to attach it in another way."
        )
    elif here.count() >= MOST_FILES:
        errors["file"] = f"A request takes {MOST_FILES} files at most. Remove one, or put pages together in one file."
    elif (here.aggregate(bytes=Sum("size"))["bytes"] or 0) + attachment.size > MOST_BYTES_TOGETHER:
        errors["file"] = (
            f"The files of a request may have {MOST_BYTES_TOGETHER // 1024 // 1024} MB together. Remove one first."
        )
    if errors:
        raise ValidationError(errors)


def _remove(attachment: Attachment, by: User | None) -> None:
    now = timezone.now()
    Attachment.objects.filter(pk=attachment.pk).update(removed_at=now, removed_by=by)
    shared = Attachment.objects.filter(stored_name=attachment.stored_name)
    if not shared.filter(Q(sent_at__isnull=False) | Q(removed_at__isnull=True)).exists():
        transaction.on_commit(partial(storage.delete, attachment.stored_name))
    _record(by, "attachment.removed", attachment)


def _record(by: User | None, action: str, attachment: Attachment, **detail: int | str) -> None:
    record(
        by=by,
        action=action,
        obj=attachment,
        organization_id=attachment.request.organization_id,
        detail={"request": str(attachment.request_id), "kind": attachment.kind, **detail},
    )
