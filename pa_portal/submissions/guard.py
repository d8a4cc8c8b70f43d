"""How a request is changed: the row locked, the version token checked, one step at a time."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Model
from django.utils import timezone

from pa_portal.accounts.models import PROVIDERS, User
from pa_portal.submissions.errors import NotAllowed, Stale
from pa_portal.submissions.models import Request
from pa_portal.submissions.numbers import Numbering
from pa_portal.submissions.queries import one, visible_to, with_people

ATTEMPTS = 5


def lock(*, by: User, request_id: uuid.UUID | str) -> Request:
    """Return the request, locked until the transaction ends.

    Raises Request.DoesNotExist alike for one that is missing and one that this person may not see.
    """
    return one(with_people(visible_to(by)).select_for_update(of=("self",)), request_id)


def lock_to_edit(*, by: User, request_id: uuid.UUID | str) -> Request:
    """As ``lock``, for the provider changing what a request says. Raises NotAllowed unless it is open to changes."""
    request = lock(by=by, request_id=request_id)
    if by.role not in PROVIDERS:
        raise NotAllowed("Only the provider can change a request.")
    if not request.is_open:
        raise NotAllowed(f"This request is {request.get_state_display().lower()}, so it can no longer be changed.")
    return request


def advance(request: Request, *, version: int, **changes: Any) -> None:
    """Write ``changes`` and the next version number, if ``version`` is still current; ``request`` follows.

    A draft that was ready to sign no longer is, unless ``changes`` say so. Raises Stale for another version, and
    changes nothing.
    """
    changes = {"ready_to_sign_at": None, "ready_to_sign_by": None, **changes, "updated_at": timezone.now()}
    written = Request.objects.filter(pk=request.pk, version=version).update(version=F("version") + 1, **changes)
    if written != 1:
        raise Stale(current=request.version)
    for name, value in changes.items():
        setattr(request, name, value)
    request.version = version + 1


def insert_numbered(row: Model, field: str, numbering: Numbering) -> None:
    """Insert ``row`` with a number that nobody has in ``field``: a taken one is drawn again, up to five times."""
    for attempt in range(1, ATTEMPTS + 1):
        setattr(row, field, numbering.new())
        try:
            with transaction.atomic():
                row.save(force_insert=True)
                return
        except IntegrityError:
            taken = type(row)._default_manager.filter(**{field: getattr(row, field)}).exists()
            if attempt == ATTEMPTS or not taken:
                raise
