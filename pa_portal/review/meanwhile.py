"""What happened to a request while a reviewer was writing on it."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from pa_portal.accounts.models import User
from pa_portal.determinations.queries import determinations_of, recommendations_of
from pa_portal.submissions.models import Request


@dataclass(frozen=True, slots=True)
class Act:
    """One act on a request: by whom, which, when, and the version of the request that it used up."""

    by: uuid.UUID | None
    who: str
    name: str
    what: str
    when: datetime.datetime
    version: int


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


_APPROVING = ("reverse", "overturn", "reissue")
_NAMES = {"approved": "approve", "pended": "pend", "denied": "deny"}


def act_since(request: Request, version: int) -> Act | None:
    """The last act that was done on this version of the request or a later one."""
    if version <= 0:
        return None
    return max((act for act in _acts(request) if act.version >= version), key=lambda act: act.when, default=None)


def _acts(request: Request) -> Iterator[Act]:
    for made in determinations_of(request):
        yield Act(
            made.decided_by_id,
            made.decider,
            _NAMES[made.decision],
            made.get_decision_display(),
            made.decided_at,
            made.request_version,
        )
    for proposed in recommendations_of(request):
        yield Act(
            proposed.recommended_by_id,
            proposed.recommended_by.get_full_name(),
            "recommend",
            "Denial recommended",
            proposed.recommended_at,
            proposed.request_version,
        )


def repeated(user: User, request: Request, act: str, version: int) -> bool:
    """Whether this very act was done already: a button pressed twice."""
    first = act_since(request, version)
    done = "approve" if act in _APPROVING else act
    return first is not None and (first.by, first.name, first.version) == (user.pk, done, version)


def of(request: Request, version: int, *, note: str, typed: list[tuple[str, str]]) -> Meanwhile:
    """Tell what happened since ``version``; ``note`` is for when it was no colleague's act."""
    first = act_since(request, version)
    if first is None:
        return Meanwhile("", "", None, note, typed)
    return Meanwhile(first.who, first.what, first.when, "", typed)
