"""Signing a request and sending it for a decision."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import Role, User
from pa_portal.audit.actions import record
from pa_portal.submissions import cleaning, queries, transitions
from pa_portal.submissions.actions.corrections import sign_correction
from pa_portal.submissions.actions.freezing import complete, content_of, freeze
from pa_portal.submissions.errors import NotAllowed, NotReady, Stale
from pa_portal.submissions.guard import advance, lock, lock_to_edit
from pa_portal.submissions.models import Request, State, Submission


@transaction.atomic
def mark_ready_to_sign(*, by: User, request_id: uuid.UUID | str, version: int) -> Request:
    """Say that nothing is left to do with a draft but to sign it. Any later change takes this back.

    The same token again changes nothing. Raises NotReady naming what is missing.
    """
    request = lock_to_edit(by=by, request_id=request_id)
    if request.ready_to_sign_at and request.version in (version, version + 1):
        return request
    if request.state != State.DRAFT:
        raise NotAllowed("Only a draft can wait for a signature.")
    complete(request)
    advance(request, version=version, ready_to_sign_at=timezone.now(), ready_to_sign_by=by)
    record(by=by, action="request.ready_to_sign", obj=request, detail={"version": request.version})
    return request


@transaction.atomic
def submit(*, by: User, request_id: uuid.UUID | str, version: int, clinical_rationale: str | None = None) -> Submission:
    """Sign a draft and send it for a decision, whatever the engine's outcome, once nothing is left to ask.

    Freezes everything in a Submission, with who signed and what that means (``attestation.MEANING``). The same token
    again, from a second click or fifty at once, gives the same Submission. ``clinical_rationale`` replaces the one
    saved; an outcome other than "meets" needs one. A draft that corrects a request makes that request's next
    submission. Raises NotReady naming what is missing.
    """
    try:
        request = lock(by=by, request_id=request_id)
    except Request.DoesNotExist:
        # A correction that was signed is gone; what it made is not.
        made = queries.submission_of_correction(by, request_id)
        if made is None:
            raise
        return made
    if request.corrects_id:
        return sign_correction(request, by=by, version=version, clinical_rationale=clinical_rationale)
    if request.state != State.DRAFT and by.role == Role.PRESCRIBER:
        return _submitted_already(request, version)
    transitions.require("submit", by=by, request=request)
    if request.version != version:
        raise Stale(current=request.version)
    if clinical_rationale is not None:
        cleaning.fill(request, {"clinical_rationale": clinical_rationale}, ("clinical_rationale",))
    now = timezone.now()
    return freeze(request, content_of(request, by=by, at=now), by=by, at=now, action="request.submitted")


@transaction.atomic
def respond(*, by: User, request_id: uuid.UUID | str, version: int, response: str, responds_to: str) -> Submission:
    """Answer a request for information: freeze the request as it stands now, with ``response``, and send it back.

    ``responds_to`` names the determination that asked. The same token again gives the same Submission. Raises NotReady
    when there is no response.
    """
    request = lock(by=by, request_id=request_id)
    if request.state != State.PENDED and by.role == Role.PRESCRIBER:
        sent = queries.submissions_of(request).filter(request_version=version, number__gt=1, correction=None).first()
        if sent is not None:
            return sent
    transitions.require("respond", by=by, request=request)
    if request.version != version:
        raise Stale(current=request.version)
    if not response.strip():
        raise NotReady(("response",))
    said = cleaning.long_text("response", response)
    now = timezone.now()
    content = content_of(request, by=by, at=now, response=said, responds_to=responds_to)
    return freeze(request, content, by=by, at=now, action="request.responded")


def _submitted_already(request: Request, version: int) -> Submission:
    """Return the submission that this token made, or the latest if the page shows it already. Else raises Stale."""
    found = queries.submissions_of(request).filter(request_version=version, correction=None).first()
    if found is None and version == request.version:
        found = queries.submission_of(request)
    if found is None:
        raise Stale(current=request.version)
    return found
