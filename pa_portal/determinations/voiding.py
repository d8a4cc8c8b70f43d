"""Making an authorization void that was made in error."""

from __future__ import annotations

import datetime
import uuid

from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.audit.actions import record
from pa_portal.determinations import acts, composing, deciding, notices, queries, signing
from pa_portal.determinations.case import Case
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import Authorization, AuthorizationVoid, Letter, Notice
from pa_portal.submissions.cleaning import fill
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.guard import lock


@transaction.atomic
def void(*, by: User, authorization_id: uuid.UUID | str, reason: str) -> AuthorizationVoid:
    """Make an authorization void, for a ``reason`` that the notice tells; make the notice. For a medical director.

    The determination stays as it was made: a correction is a new one (``reissue``). Raises Authorization.DoesNotExist
    for one that is missing or not theirs, Conflict when it was made void first, NotAllowed when another took its place.
    """
    # The request is always locked first, so that two acts never wait for each other.
    request = lock(by=by, request_id=queries.authorization(by, authorization_id).request_id)
    acts.require("void", by=by, request=request)
    found = queries.lock_authorization(by, authorization_id)
    earlier = AuthorizationVoid.objects.filter(authorization=found).select_related("voided_by").first()
    if earlier is not None:
        raise Conflict(who=earlier.voided_by.get_full_name(), when=earlier.voided_at, decision="Voided")
    if found.status != Authorization.Status.ACTIVE:
        raise NotAllowed("Another authorization has taken the place of this one.")
    if queries.open_appeal(request):
        raise NotAllowed("An appeal is open, and its outcome decides.")
    now = timezone.now()
    days = queries.letter_settings(found.plan).appeal_days
    made = AuthorizationVoid(
        authorization=found,
        voided_by=by,
        voided_at=now,
        appeal_by=timezone.localdate(now) + datetime.timedelta(days=days),
    )
    fill(made, {"reason": reason}, ("reason",), required=("reason",))
    made.signature = signing.sign("voided", signing.voided(made), by=by, at=now)
    made.save(force_insert=True)
    found.status = Authorization.Status.VOID
    found.save(update_fields=["status"])
    determination = found.determination
    deciding.write_letter(
        Letter.Kind.VOID_NOTICE,
        composing.letter_input(
            request,
            case=Case(determination.submission),
            by=by,
            on=now,
            authorization=found,
            explanation=made.reason,
        ),
        request=request,
        determination=determination,
        by=by,
    )
    notices.queue(Notice.Kind.VOIDED, request, occasion=found.pk)
    record(
        by=by,
        action="authorization.voided",
        obj=found,
        organization_id=request.organization_id,
        detail={"request": str(request.pk), "signed": made.signature["sha256"]},
    )
    return made
