"""What happened to a request while a reviewer was writing a decision on it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from pa_portal.accounts.models import User
from pa_portal.determinations.models import Determination
from pa_portal.determinations.queries import determinations_of
from pa_portal.submissions.models import Request

_DECISIONS = {
    "approve": Determination.Decision.APPROVED,
    "pend": Determination.Decision.PENDED,
    "deny": Determination.Decision.DENIED,
}


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """A colleague's act (``who``, ``what``, ``when``), if that is what happened; else ``note``, or nothing to say.

    ``typed`` holds, by label, what has no field any more.
    """

    who: str
    what: str
    when: datetime.datetime | None
    note: str
    typed: list[tuple[str, str]]


def act_since(request: Request, version: int) -> Determination | None:
    """The last determination, if it was made on or after this version of the request."""
    last = determinations_of(request).last()
    return last if last is not None and last.request_version >= version > 0 else None


def repeated(user: User, request: Request, act: str, version: int) -> bool:
    """Whether this very decision was made already: a button pressed twice."""
    first = act_since(request, version)
    return (
        first is not None
        and first.decided_by_id == user.pk
        and first.request_version == version
        and first.decision == _DECISIONS[act]
    )


def of(request: Request, version: int, *, note: str, typed: list[tuple[str, str]]) -> Meanwhile:
    """Tell what happened since ``version``; ``note`` is for when it was no colleague's act."""
    first = act_since(request, version)
    if first is None:
        return Meanwhile("", "", None, note, typed)
    return Meanwhile(first.decider, first.get_decision_display(), first.decided_at, "", typed)
