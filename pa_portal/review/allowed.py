"""Why a reviewer may not decide a case, told before they try. The actions refuse on their own, whatever this says."""

from __future__ import annotations

from pa_portal.accounts.models import User
from pa_portal.determinations.case import Case
from pa_portal.submissions import transitions
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request

ACTS = ("approve", "pend", "deny")


def why_not(user: User, request: Request, case: Case) -> dict[str, str]:
    """For each act, why this reviewer may not do it now; "" where they may."""
    always = _always(user, request, case)
    return {act: always or _move(user, request, act) for act in ACTS}


def _always(user: User, request: Request, case: Case) -> str:
    if user.pk in (request.created_by_id, case.submission.submitted_by_id):
        return "You created or submitted this request, so somebody else must decide it."
    if not case.reproduced:
        return "The policy version of this request no longer gives the same result. Tell an administrator."
    return ""


def _move(user: User, request: Request, act: str) -> str:
    try:
        transitions.require(act, by=user, request=request)
    except NotAllowed as refusal:
        return str(refusal)
    return ""
