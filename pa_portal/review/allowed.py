"""Why a reviewer may not do something with a case, told before they try. The actions refuse on their own."""

from __future__ import annotations

from pa_portal.accounts.models import User
from pa_portal.determinations import acts
from pa_portal.determinations.case import Case
from pa_portal.determinations.models import Recommendation
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request

# What the pages call an act, and what the table of acts calls it.
MOVES = {
    "approve": "approve",
    "pend": "pend",
    "recommend": "recommend_denial",
    "deny": "deny",
    "return": "return_recommendation",
}


def why_not(user: User, request: Request, case: Case, proposed: Recommendation | None) -> dict[str, str]:
    """For each act, why this person may not do it now; "" where they may. ``proposed``: the recommended denial that
    waits for a medical director.
    """
    always = _always(user, request, case)
    return {act: always or _move(user, request, act, proposed) for act in MOVES}


def _always(user: User, request: Request, case: Case) -> str:
    if user.pk in (request.created_by_id, case.submission.submitted_by_id):
        return "You created or submitted this request, so somebody else must decide it."
    if not case.reproduced:
        return "The policy version of this request no longer gives the same result. Tell an administrator."
    return ""


def _move(user: User, request: Request, act: str, proposed: Recommendation | None) -> str:
    try:
        acts.require(MOVES[act], by=user, request=request)
    except NotAllowed as refusal:
        return str(refusal)
    if act == "recommend" and proposed:
        return "A denial of this request is recommended already. A medical director has to answer it first."
    if act == "return" and not proposed:
        return "No denial of this request is recommended."
    return ""
