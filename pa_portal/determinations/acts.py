"""What may be done with a request beside the moves of ``submissions.transitions``: in which states, and by whom."""

from __future__ import annotations

from pa_portal.accounts.models import PROVIDERS, REVIEWERS, Role, User
from pa_portal.submissions import transitions
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request, State
from pa_portal.submissions.transitions import Transition

OPEN = frozenset({State.SUBMITTED, State.PENDED})
DECIDED = frozenset({State.APPROVED, State.DENIED})
# The state stays as it is.
STAYS = ""
BOTH_SIDES = (*PROVIDERS, *REVIEWERS)


def _act(name: str, verb: str, states: frozenset[State], *roles: Role, leads_to: str = STAYS) -> Transition:
    return Transition(name, verb, frozenset(states), leads_to, frozenset(roles))


_APPROVED, _DENIED = frozenset({State.APPROVED}), frozenset({State.DENIED})

ACTS: dict[str, Transition] = {
    act.name: act
    for act in (
        _act("recommend_denial", "recommended for denial", OPEN, Role.REVIEWER),
        _act("return_recommendation", "returned to its reviewer", OPEN, Role.DIRECTOR),
        _act("extend", "given more time", OPEN | DECIDED, *REVIEWERS),
        _act("request_peer_to_peer", "put up for a peer-to-peer call", OPEN | _DENIED, *BOTH_SIDES),
        _act("schedule_peer_to_peer", "given a time for a call", OPEN | _DENIED, *REVIEWERS),
        _act("close_peer_to_peer", "talked over", OPEN | DECIDED, *REVIEWERS),
        _act("reverse_denial", "approved after a denial", _DENIED, Role.DIRECTOR, leads_to=State.APPROVED),
        _act("void", "voided", _APPROVED, Role.DIRECTOR),
        _act("reissue", "approved again after a void", _APPROVED, Role.DIRECTOR, leads_to=State.APPROVED),
        _act("appeal", "appealed", DECIDED, Role.PRESCRIBER),
        _act("withdraw_appeal", "relieved of its appeal", DECIDED, Role.PRESCRIBER),
        _act("uphold", "kept as decided", DECIDED, Role.DIRECTOR),
        _act("send_message", "written about", OPEN | DECIDED, *BOTH_SIDES),
        _act("write_note", "given a note", OPEN | DECIDED | {State.WITHDRAWN}, *REVIEWERS),
        _act("overturn", "decided anew", DECIDED, *REVIEWERS, leads_to=State.APPROVED),
    )
}


def require(name: str, *, by: User, request: Request) -> Transition:
    """Return the act or move, or raise NotAllowed saying whether the role or the state forbids it.

    A denial is signed by a medical director alone.
    """
    if name not in ACTS:
        move = transitions.require(name, by=by, request=request)
        if name == "deny" and by.role != Role.DIRECTOR:
            raise NotAllowed("Only a medical director signs a denial. Recommend it to one.")
        return move
    act = ACTS[name]
    if not by.is_active or by.role not in act.roles:
        names = " or ".join(sorted(Role(role).label.lower() for role in act.roles))
        raise NotAllowed(f"Your role does not allow this: a request is {act.verb} by a {names}.")
    if request.state not in act.sources:
        raise NotAllowed(f"This request is {request.get_state_display().lower()}, so it cannot be {act.verb}.")
    return act
