"""Signing a request and sending it for a decision."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from criteria.evaluate import Decision, decide
from criteria.policy import Policy
from criteria.questions import Walk
from pa_portal.accounts.models import Role, User
from pa_portal.audit.actions import record
from pa_portal.submissions import cleaning, queries, snapshot, transitions
from pa_portal.submissions.attestation import attest
from pa_portal.submissions.errors import NotAllowed, NotReady, Stale
from pa_portal.submissions.guard import advance, lock, lock_to_edit
from pa_portal.submissions.models import Request, State, Submission

MEETS = "meets"


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
    _complete(request)
    advance(request, version=version, ready_to_sign_at=timezone.now(), ready_to_sign_by=by)
    record(by=by, action="request.ready_to_sign", obj=request, detail={"version": request.version})
    return request


@transaction.atomic
def submit(*, by: User, request_id: uuid.UUID | str, version: int, clinical_rationale: str | None = None) -> Submission:
    """Sign a draft and send it for a decision, whatever the engine's outcome, once nothing is left to ask.

    Freezes everything in a Submission, with who signed and what that means (``attestation.MEANING``). The same token
    again, from a second click or fifty at once, gives the same Submission. ``clinical_rationale`` replaces the one
    saved; an outcome other than "meets" needs one. Raises NotReady naming what is missing.
    """
    request = lock(by=by, request_id=request_id)
    if request.state != State.DRAFT and by.role == Role.PRESCRIBER:
        return _submitted_already(request, version)
    transitions.require("submit", by=by, request=request)
    if request.version != version:
        raise Stale(current=request.version)
    if clinical_rationale is not None:
        cleaning.fill(request, {"clinical_rationale": clinical_rationale}, ("clinical_rationale",))
    return _freeze(by, request, version, action="request.submitted")


@transaction.atomic
def respond(*, by: User, request_id: uuid.UUID | str, version: int, response: str, responds_to: str) -> Submission:
    """Answer a request for information: freeze the request as it stands now, with ``response``, and send it back.

    ``responds_to`` names the determination that asked. The same token again gives the same Submission. Raises NotReady
    when there is no response.
    """
    request = lock(by=by, request_id=request_id)
    if request.state != State.PENDED and by.role == Role.PRESCRIBER:
        sent = queries.submissions_of(request).filter(request_version=version, number__gt=1).first()
        if sent is not None:
            return sent
    transitions.require("respond", by=by, request=request)
    if request.version != version:
        raise Stale(current=request.version)
    if not response.strip():
        raise NotReady(("response",))
    said = cleaning.long_text("response", response)
    return _freeze(by, request, version, action="request.responded", response=said, responds_to=responds_to)


def _submitted_already(request: Request, version: int) -> Submission:
    """Return the submission that this token made, or the latest if the page shows it already. Else raises Stale."""
    found = queries.submissions_of(request).filter(request_version=version).first()
    if found is None and version == request.version:
        found = queries.submission_of(request)
    if found is None:
        raise Stale(current=request.version)
    return found


def _complete(request: Request) -> tuple[Policy, Walk, Decision]:
    """Evaluate what a request says. Raises NotReady unless it is all there."""
    policy = queries.policy_of(request)
    walked = queries.walk_for(request)
    gaps = queries.missing(request, walked)
    if gaps:
        raise NotReady(gaps)
    decision = decide(policy, walked.facts)
    if decision.outcome != MEETS and not request.clinical_rationale:
        raise NotReady(("clinical_rationale",))
    return policy, walked, decision


def _freeze(by: User, request: Request, version: int, *, action: str, **response: str) -> Submission:
    """Evaluate, sign, snapshot and send. The row is locked and the version checked."""
    now = timezone.now()
    policy, walked, decision = _complete(request)
    attestation = attest(request, by=by, at=now)
    content = snapshot.compose(request, policy, walked, decision, attestation=attestation, **response)
    last = queries.submission_of(request)
    submission = Submission.objects.create(
        request=request,
        number=last.number + 1 if last else 1,
        request_version=version,
        content=content,
        digest=snapshot.digest(content),
        submitted_by=by,
        submitted_at=now,
    )
    advance(
        request,
        version=version,
        state=State.SUBMITTED,
        clinical_rationale=request.clinical_rationale,
        submitted_at=request.submitted_at or now,
    )
    queries.attachments_of(request).filter(sent_at__isnull=True).update(sent_at=now)
    record(
        by=by,
        action=action,
        obj=request,
        detail={"submission": str(submission.pk), "number": submission.number, "digest": submission.digest},
    )
    return submission
