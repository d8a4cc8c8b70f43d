"""Every move a request can make: from where, to where, and by whom. There are no others."""

from __future__ import annotations

from dataclasses import dataclass

from pa_portal.accounts.models import PROVIDERS, REVIEWERS, Role, User
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request, State


@dataclass(frozen=True, slots=True)
class Transition:
    """One move. ``verb`` is how a refusal names it."""

    name: str
    verb: str
    sources: frozenset[str]
    target: str
    roles: frozenset[str]


def _move(name: str, verb: str, sources: set[State], target: State, *roles: Role) -> Transition:
    return Transition(name, verb, frozenset(sources), target, frozenset(roles))


TRANSITIONS: dict[str, Transition] = {
    move.name: move
    for move in (
        _move("submit", "submitted", {State.DRAFT}, State.SUBMITTED, Role.PRESCRIBER),
        _move("discard", "discarded", {State.DRAFT}, State.WITHDRAWN, *PROVIDERS),
        _move("withdraw", "withdrawn", {State.SUBMITTED, State.PENDED}, State.WITHDRAWN, Role.PRESCRIBER),
        _move("correct", "corrected", {State.SUBMITTED}, State.SUBMITTED, Role.PRESCRIBER),
        _move("merge", "merged into the request it corrects", {State.DRAFT}, State.WITHDRAWN, Role.PRESCRIBER),
        _move("respond", "answered", {State.PENDED}, State.SUBMITTED, Role.PRESCRIBER),
        _move("pend", "pended", {State.SUBMITTED}, State.PENDED, *REVIEWERS),
        _move("approve", "approved", {State.SUBMITTED, State.PENDED}, State.APPROVED, *REVIEWERS),
        _move("deny", "denied", {State.SUBMITTED, State.PENDED}, State.DENIED, *REVIEWERS),
    )
}


def require(name: str, *, by: User, request: Request) -> Transition:
    """Return the move, or raise NotAllowed saying whether the role or the state forbids it."""
    move = TRANSITIONS[name]
    if not by.is_active or by.role not in move.roles:
        raise NotAllowed(f"Your role does not allow this: a request is {move.verb} by a {_list(move.roles)}.")
    require_state(name, request)
    return move


def require_state(name: str, request: Request) -> None:
    """Raise NotAllowed unless the request's state allows this move to somebody."""
    move = TRANSITIONS[name]
    if request.state not in move.sources:
        raise NotAllowed(f"This request is {request.get_state_display().lower()}, so it cannot be {move.verb}.")


def _list(roles: frozenset[str]) -> str:
    return " or ".join(sorted(Role(role).label.lower() for role in roles))
