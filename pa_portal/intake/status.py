"""Where a sent request stands, for the provider: what happened, what is asked for, and the letters."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.utils import timezone

from pa_portal.accounts.models import Role, User
from pa_portal.determinations import queries as determinations
from pa_portal.determinations.models import Appeal, Authorization, Determination, Letter, Message, PeerToPeer, Side
from pa_portal.submissions import queries as submissions
from pa_portal.submissions.differences import Difference, differences
from pa_portal.submissions.models import Request, State, Submission, Urgency

ONE_SECOND = datetime.timedelta(seconds=1)
OPEN = (State.SUBMITTED, State.PENDED)
DECIDED = (State.APPROVED, State.DENIED)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline, newest first. ``letters``: (id, name) to open; ``changes``: what a new version says."""

    at: datetime.datetime
    title: str
    detail: str
    letters: tuple[tuple[UUID, str], ...] = ()
    changes: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """When the plan owes its decision; ``paused_until`` while it waits for the provider."""

    due_at: datetime.datetime
    paused_until: datetime.datetime | None

    @property
    def paused_through(self) -> datetime.date | None:
        """The last day of the pause, which ends with it."""
        return timezone.localdate(self.paused_until - ONE_SECOND) if self.paused_until else None


@dataclass(frozen=True, slots=True)
class Said:
    """One message. ``ours``: from the practice; ``new``: from the plan, and read by nobody here before."""

    at: datetime.datetime
    who: str
    body: str
    ours: bool
    new: bool


@dataclass(frozen=True, slots=True)
class StatusView:
    """What the request page shows.

    ``asked``: the open request for information; ``content``: what was sent last; ``appeal`` and ``call``: those open;
    ``appealable``: the decision that may be appealed now; ``messages``: oldest first, and whether one can be sent.
    """

    events: tuple[Event, ...]
    clock: Clock | None
    asked: Determination | None
    denied: Determination | None
    authorizations: tuple[Authorization, ...]
    appeal: Appeal | None
    appealable: Determination | None
    call: PeerToPeer | None
    correction: Request | None
    content: dict[str, Any]
    answers: tuple[tuple[str, str], ...]
    messages: tuple[Said, ...]
    writes: bool
    signs: bool

    @property
    def news(self) -> bool:
        return any(said.new for said in self.messages)

    @property
    def void(self) -> bool:
        """Whether what was approved last may no longer be given."""
        return bool(self.authorizations) and self.authorizations[0].status == Authorization.Status.VOID

    @property
    def expedited(self) -> bool:
        return bool(self.content and self.content["request"]["urgency"] == Urgency.EXPEDITED)


def of(user: User, request: Request) -> StatusView:
    """Collect the status of a request that was sent."""
    sent = list(submissions.submissions_of(request))
    decided = list(determinations.determinations_of(request))
    appeals = list(determinations.appeals_of(request))
    calls = list(determinations.peer_to_peers_of(request))
    letters = list(determinations.letters_for(user).filter(request=request).order_by("created_at"))
    events = [*_sent(sent), *_decided(decided, letters), *_appealed(appeals), *_called(calls)]
    if request.state == State.WITHDRAWN:
        events.append(Event(request.updated_at, "Withdrawn", "By the provider"))
    latest = decided[-1] if decided else None
    content = sent[-1].content if sent else {}
    facts, answers = submissions.policy_of(request).facts, content.get("answers", {})
    final = request.state in DECIDED
    return StatusView(
        events=tuple(sorted(events, key=lambda event: event.at, reverse=True)),
        clock=clock(user, request.pk) if request.state in OPEN else None,
        asked=latest if latest and request.state == State.PENDED else None,
        denied=determinations.determination_in_force(request) if request.state == State.DENIED else None,
        authorizations=tuple(determinations.authorizations_of(request)) if final else (),
        appeal=next((each for each in appeals if not hasattr(each, "outcome")), None),
        appealable=determinations.appealable(request) if final else None,
        call=determinations.open_peer_to_peer(request),
        correction=submissions.correction_of(request) if request.state == State.SUBMITTED else None,
        content=content,
        # stored JSON keeps no order; the policy's is the one in which they were asked
        answers=tuple((fact.label, fact.say(answers[name])) for name, fact in facts.items() if name in answers),
        messages=tuple(_said(determinations.messages_of(request))),
        writes=request.state in (*OPEN, *DECIDED),
        signs=user.role == Role.PRESCRIBER,
    )


def _said(messages: list[Message]) -> Iterator[Said]:
    for each in messages:
        ours = each.side == Side.PROVIDER
        who = f"{each.author.get_full_name()}, {each.author.organization.name}"
        yield Said(each.sent_at, who, each.body, ours, not ours and not hasattr(each, "read"))


def clock(user: User, id: UUID) -> Clock | None:
    """The clock of a request that this person may see, while it runs."""
    found = determinations.with_clock(submissions.visible_to(user).filter(pk=id)).first()
    annotated = vars(found) if found else {}
    return Clock(annotated["due_at"], annotated["paused_until"]) if annotated.get("due_at") else None


def _sent(sent: list[Submission]) -> Iterator[Event]:
    if sent:
        yield Event(sent[0].submitted_at, "Submitted", f"Signed by {sent[0].submitted_by.get_full_name()}")
    for earlier, later in pairwise(sent):
        title = "Corrected" if later.correction_id else "Information sent"
        detail = f"Signed by {later.submitted_by.get_full_name()}"
        yield Event(later.submitted_at, title, detail, changes=differences(earlier, later))


def _decided(decided: list[Determination], letters: list[Letter]) -> Iterator[Event]:
    """Each decision with the letter that told of it; what else was written stands by itself."""
    told: dict[UUID | None, Letter] = {}
    for letter in letters:
        if letter.determination_id is None or letter.determination_id in told:
            yield Event(letter.created_at, letter.get_kind_display(), "", (_named(letter),))
        else:
            told[letter.determination_id] = letter
    for each in decided:
        found = told.get(each.pk)
        opened = (_named(found),) if found else ()
        yield Event(each.decided_at, each.get_decision_display(), f"By {each.decider}", opened)


def _named(letter: Letter) -> tuple[UUID, str]:
    return letter.pk, f"{letter.get_kind_display()} letter"


def _appealed(appeals: list[Appeal]) -> Iterator[Event]:
    for each in appeals:
        yield Event(each.filed_at, "Appeal filed", f"By {each.filed_by.get_full_name()}")
        if hasattr(each, "outcome"):
            kind = f"Appeal: {each.outcome.get_kind_display().lower()}"
            yield Event(each.outcome.decided_at, kind, f"By {each.outcome.decided_by.get_full_name()}")


def _called(calls: list[PeerToPeer]) -> Iterator[Event]:
    for each in calls:
        yield Event(each.requested_at, "Peer-to-peer call asked for", f"By {each.requested_by.get_full_name()}")
        for event in each.events.all():
            when = f" for {event.call_at:%B} {event.call_at.day}" if event.call_at else ""
            title = f"Peer-to-peer call {event.get_kind_display().lower()}{when}"
            yield Event(event.at, title, f"By {event.by.get_full_name()}")
