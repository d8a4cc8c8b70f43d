"""Making a submission: what a request says, evaluated, signed and kept."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from typing import Any

from criteria.evaluate import Decision, decide
from criteria.policy import Policy
from criteria.questions import Walk
from pa_portal.accounts.models import User
from pa_portal.audit.actions import record
from pa_portal.submissions import queries, snapshot, trees
from pa_portal.submissions.attestation import attest
from pa_portal.submissions.errors import NotReady
from pa_portal.submissions.guard import advance
from pa_portal.submissions.models import Request, State, Submission

MEETS = "meets"


def complete(request: Request) -> tuple[Policy, Walk, Decision]:
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


def content_of(
    request: Request, *, by: User, at: datetime.datetime, prepared: Request | None = None, **response: str
) -> dict[str, Any]:
    """Return what a submission of this request by this person would hold.

    ``prepared`` is the draft that was marked ready to sign, when it is another. Raises NotReady.
    """
    policy, walked, decision = complete(request)
    attestation = attest(prepared or request, by=by, at=at)
    return snapshot.compose(request, policy, walked, decision, attestation=attestation, **response)


def freeze(
    request: Request,
    content: Mapping[str, Any],
    *,
    by: User,
    at: datetime.datetime,
    action: str,
    changed: Collection[str] = ("clinical_rationale",),
    correction: Request | None = None,
) -> Submission:
    """Keep ``content`` as the next submission and send the request, writing its ``changed`` fields.

    The row is locked and its version checked. ``correction`` is the draft in which the request was corrected. The
    criteria's tree is kept apart, once for all that share it.
    """
    said = content["decision"]
    content = {**content, "decision": {**said, "trace": trees.keep(said["trace"])}}
    last = queries.submission_of(request)
    submission = Submission.objects.create(
        request=request,
        number=last.number + 1 if last else 1,
        request_version=request.version,
        content=content,
        digest=snapshot.digest(content),
        correction=correction,
        submitted_by=by,
        submitted_at=at,
    )
    advance(
        request,
        version=request.version,
        state=State.SUBMITTED,
        submitted_at=request.submitted_at or at,
        **{name: getattr(request, name) for name in changed},
    )
    queries.attachments_of(request).filter(sent_at__isnull=True).update(sent_at=at)
    record(
        by=by,
        action=action,
        obj=request,
        detail={"submission": str(submission.pk), "number": submission.number, "digest": submission.digest},
    )
    return submission
