"""Documents: those attached now, and those a person may read."""

from __future__ import annotations

import uuid
from functools import cache

from django.db.models import Q, QuerySet

from pa_portal.accounts.models import PROVIDERS, User
from pa_portal.accounts.prepared import Prepared
from pa_portal.submissions.models import Attachment, Request
from pa_portal.submissions.queries.scope import one, visible_to


def attachments_of(request: Request) -> QuerySet[Attachment]:
    """Return what is attached to a request the caller may change, oldest first; what was removed is left out.

    What the plan may see is in each submission's content.
    """
    current = Attachment.objects.filter(request=request, removed_at__isnull=True)
    return current.select_related("uploaded_by").order_by("uploaded_at", "id")


def attached_to(request: Request) -> list[Attachment]:
    """Return what ``attachments_of`` does, read at once; a page that is shown at every step asks in this way."""
    return _attached().all(request=request.pk)


@cache
def _attached() -> Prepared[Attachment]:
    request = Request(id=uuid.UUID(int=1))
    return Prepared(attachments_of(request), {request.pk: "request"})


def attachments_for(user: User) -> QuerySet[Attachment]:
    """Return the documents this person may read, on requests they may see.

    The provider's people: those attached, and those once sent. The plan's, and managers: those sent.
    """
    sent = Q(sent_at__isnull=False)
    return Attachment.objects.filter(
        sent | Q(removed_at__isnull=True) if user.role in PROVIDERS else sent, request__in=visible_to(user)
    ).select_related("request", "uploaded_by")


def attachment_for(user: User, id: uuid.UUID | str) -> Attachment:
    """Return one document. Raises Attachment.DoesNotExist alike for one that is missing and one that is not theirs."""
    return one(attachments_for(user), id)
