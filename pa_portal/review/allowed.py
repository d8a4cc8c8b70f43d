"""Why a reviewer may not do something with a case, told before they try. The actions refuse on their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from pa_portal.accounts.models import User
from pa_portal.determinations import acts, queries
from pa_portal.determinations.case import Case
from pa_portal.determinations.clocks import LONGEST_EXTENSION
from pa_portal.determinations.models import Appeal, Authorization, PeerToPeer, Recommendation, Task
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request

# What the pages call an act, and what the table of acts calls it.
MOVES = {
    "approve": "approve",
    "pend": "pend",
    "recommend": "recommend_denial",
    "deny": "deny",
    "return": "return_recommendation",
    "extend": "extend",
    "uphold": "uphold",
    "overturn": "overturn",
    "call": "request_peer_to_peer",
    "schedule": "schedule_peer_to_peer",
    "close": "close_peer_to_peer",
    "reverse": "reverse_denial",
    "void": "void",
    "reissue": "reissue",
}
# These neither decide a request nor say what a decision would.
_BESIDE = ("extend", "call", "schedule", "close", "void", "uphold")


class Situation:
    """What goes on around a request, read when it is first asked for."""

    def __init__(self, request: Request) -> None:
        self.request = request

    @cached_property
    def proposed(self) -> Recommendation | None:
        """The recommended denial that waits for a medical director."""
        return queries.open_recommendation(self.request)

    @cached_property
    def appeal(self) -> Appeal | None:
        """The open appeal."""
        return queries.open_appeal(self.request)

    @cached_property
    def call(self) -> PeerToPeer | None:
        """The call that was asked for and has not come to anything yet."""
        return queries.open_peer_to_peer(self.request)

    @cached_property
    def authorization(self) -> Authorization | None:
        """The latest authorization, void or not."""
        return queries.authorizations_of(self.request).first()

    @cached_property
    def task(self) -> Task | None:
        """The decision that is owed: on the open appeal, or else on the request."""
        return self.appeal.task if self.appeal else queries.task_of(self.request)

    @cached_property
    def talked(self) -> bool:
        """Whether a call about the denial in force was held."""
        denial = queries.determination_in_force(self.request)
        held = queries.peer_to_peers_of(self.request).filter(events__kind="held")
        return denial is not None and held.filter(determination=denial).exists()


def why_not(user: User, request: Request, case: Case, situation: Situation) -> dict[str, str]:
    """For each act, why this person may not do it now; "" where they may."""
    return {act: _why_not(user, request, case, situation, act) for act in MOVES}


def _why_not(user: User, request: Request, case: Case, situation: Situation, act: str) -> str:
    if act not in _BESIDE:
        if user.pk in (request.created_by_id, case.submission.submitted_by_id):
            return "You created or submitted this request, so somebody else must decide it."
        if not case.reproduced:
            return "The policy version of this request no longer gives the same result. Tell an administrator."
    try:
        acts.require(MOVES[act], by=user, request=request)
    except NotAllowed as refusal:
        return str(refusal)
    return _RULES[act](user, situation) if act in _RULES else ""


def _recommend(user: User, now: Situation) -> str:
    told = "A denial of this request is recommended already. A medical director has to answer it first."
    return told if now.proposed else ""


def _return(user: User, now: Situation) -> str:
    return "" if now.proposed else "No denial of this request is recommended."


def _extend(user: User, now: Situation) -> str:
    if now.task is None or now.task.stopped_at:
        return "No decision is owed, so there is nothing to extend."
    if now.task.fixed:
        return "The time for this decision is fixed, and cannot be extended."
    if now.task.extended_hours >= LONGEST_EXTENSION:
        return "This decision was given all the time there is."
    return ""


def _appeal(user: User, now: Situation) -> str:
    if now.appeal is None:
        return "No appeal is open."
    if queries.tasks_for(user).filter(queries.had_a_part(user), pk=now.appeal.task.pk).exists():
        return "You had a part in the decision that is appealed, so somebody else must review it."
    return ""


def _call(user: User, now: Situation) -> str:
    return "A call is asked for already." if now.call else ""


def _with_call(user: User, now: Situation) -> str:
    return "" if now.call else "No peer-to-peer call is asked for."


def _reverse(user: User, now: Situation) -> str:
    if now.appeal:
        return "An appeal is open, and its outcome decides."
    return "" if now.talked else "A denial is changed after a peer-to-peer call about it, or on appeal."


def _void(user: User, now: Situation) -> str:
    if now.authorization is None or now.authorization.status != Authorization.Status.ACTIVE:
        return "No authorization of this request is active."
    return "An appeal is open, and its outcome decides." if now.appeal else ""


def _reissue(user: User, now: Situation) -> str:
    if now.authorization is None or now.authorization.status != Authorization.Status.VOID:
        return "Only what was approved with an authorization that is void is approved again."
    return "An appeal is open, and its outcome decides." if now.appeal else ""


_RULES: dict[str, Callable[[User, Situation], str]] = {
    "recommend": _recommend,
    "return": _return,
    "extend": _extend,
    "uphold": _appeal,
    "overturn": _appeal,
    "call": _call,
    "schedule": _with_call,
    "close": _with_call,
    "reverse": _reverse,
    "void": _void,
    "reissue": _reissue,
}
