"""Where a sent request stands, for the provider: what happened, what is asked for, and the letters."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pa_portal.accounts.models import User
from pa_portal.determinations import queries as determinations
from pa_portal.determinations.models import Authorization, Determination
from pa_portal.submissions import queries as submissions
from pa_portal.submissions.models import Request, State


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline, newest first. ``letters``: (id, name) to open."""

    at: datetime.datetime
    title: str
    detail: str
    letters: tuple[tuple[UUID, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StatusView:
    """What the request page shows. ``asked``: the open request for information; ``content``: what was sent last."""

    events: tuple[Event, ...]
    asked: Determination | None
    denied: Determination | None
    authorization: Authorization | None
    content: dict[str, Any]
    answers: tuple[tuple[str, str], ...]
    can_withdraw: bool


def of(user: User, request: Request) -> StatusView:
    """Collect the status of a request that was sent."""
    sent = list(submissions.submissions_of(request))
    decided = list(determinations.determinations_of(request).prefetch_related("letters"))
    events = [
        Event(
            item.submitted_at,
            "Submitted" if item.number == 1 else "Information sent",
            f"By {item.submitted_by.get_full_name()}",
        )
        for item in sent
    ]
    for item in decided:
        letters = tuple((letter.id, f"{letter.get_kind_display()} letter") for letter in item.letters.all())
        events.append(Event(item.decided_at, item.get_decision_display(), f"By {item.decider}", letters))
    if request.state == State.WITHDRAWN:
        events.append(Event(request.updated_at, "Withdrawn", "By the provider"))
    latest = decided[-1] if decided else None
    content = sent[-1].content if sent else {}
    facts, answers = submissions.policy_of(request).facts, content.get("answers", {})
    return StatusView(
        events=tuple(sorted(events, key=lambda event: event.at, reverse=True)),
        asked=latest if latest and request.state == State.PENDED else None,
        denied=latest if latest and request.state == State.DENIED else None,
        authorization=determinations.authorization_for(user, request.id) if request.state == State.APPROVED else None,
        content=content,
        # stored JSON keeps no order; the policy's is the one in which they were asked
        answers=tuple((fact.label, fact.say(answers[name])) for name, fact in facts.items() if name in answers),
        can_withdraw=request.state in (State.SUBMITTED, State.PENDED),
    )
