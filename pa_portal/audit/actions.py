"""Writing the record."""

from __future__ import annotations

import json
import uuid
from typing import Any, Protocol

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from pa_portal.audit.context import current

SYSTEM = "system"


class Actor(Protocol):
    """What the record needs of a user: an id, a name to keep, and whose behalf they act on."""

    pk: Any
    organization_id: uuid.UUID

    def audit_label(self) -> str: ...


def record(
    *,
    by: Actor | None,
    action: str,
    obj: Model,
    organization_id: uuid.UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append one event, in the caller's transaction: if it cannot be written, the act does not happen.

    ``by`` is None for what the portal does by itself or what nobody signed in did. ``organization_id`` defaults to
    the object's own, then the actor's. ``detail`` must hold no patient data beyond ids. The HTTP request's id and
    address come from ``audit.context``.
    """
    origin = current()
    if organization_id is None:
        organization_id = getattr(obj, "organization_id", None) or (by.organization_id if by else None)
    values = {
        "at": timezone.now(),
        "action": action,
        "actor_id": by.pk if by else None,
        "actor_label": by.audit_label() if by else SYSTEM,
        "organization_id": organization_id,
        "object_type": obj._meta.label_lower,
        "object_id": str(obj.pk),
        "request_id": origin.request_id,
        "ip": origin.ip,
        "detail": json.dumps(detail or {}, cls=DjangoJSONEncoder),
    }
    # Not through the model, which asks for the new row's id: hardly anybody may read an event.
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_event ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})",  # noqa: S608
            [*values.values()],
        )
