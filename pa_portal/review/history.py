"""What happened to a case so far, line by line, with the letters that told of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from pa_portal.determinations.models import (
    Appeal,
    Authorization,
    ClockEvent,
    Determination,
    Letter,
    PeerToPeer,
    PeerToPeerEvent,
    Recommendation,
    RecommendationAnswer,
    Task,
)
from pa_portal.review import words
from pa_portal.submissions.models import Request, State, Submission

_CALL_NOTICE = Letter.Kind.PEER_TO_PEER_NOTICE
_LATER = (_CALL_NOTICE, Letter.Kind.VOID_NOTICE, Letter.Kind.APPEAL_UPHELD)
_MOVED = (ClockEvent.Kind.PAUSED, ClockEvent.Kind.EXTENDED, ClockEvent.Kind.SHORTENED)


@dataclass(frozen=True, slots=True)
class Named:
    """A letter to open. ``copied``: the patient has a copy of it."""

    id: UUID
    name: str
    copied: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline, with the letters to open."""

    at: datetime.datetime
    title: str
    by: str
    note: str = ""
    letters: tuple[Named, ...] = ()
    signed: str = ""


def _signature(kept: Mapping[str, Any], role: str, sha256: str) -> str:
    """What was signed and how, in a line; "" for what was kept before signatures were."""
    if not kept.get("meaning") or not role:
        return ""
    how = f", after showing: {kept['method']}" if kept.get("method") else ""
    return f"Signed as {role.lower()}{how}. Hash of what was signed: {sha256[:16]}…"


@dataclass(frozen=True, slots=True)
class History:
    """The records of one request that its timeline is made of."""

    request: Request
    sent: list[Submission]
    decided: list[Determination]
    recommended: list[Recommendation]
    appeals: list[Appeal]
    calls: list[PeerToPeer]
    authorizations: list[Authorization]
    letters: list[Letter]
    moved: list[ClockEvent]


def moves(task: Task | None) -> list[ClockEvent]:
    """Return what moved a deadline."""
    return list(task.clock_events.filter(kind__in=_MOVED).select_related("by")) if task else []


def of(history: History) -> tuple[Event, ...]:
    """Return the timeline, newest first."""
    parts = (_submissions, _decisions, _recommendations, _clock, _calls, _appeals, _voids, _mailings)
    found = [event for part in parts for event in part(history)]
    return tuple(sorted(found, key=lambda event: event.at, reverse=True))


def _named(letters: Iterable[Letter]) -> tuple[Named, ...]:
    return tuple(Named(each.pk, f"{each.get_kind_display()} letter", "copy" in each.content) for each in letters)


def _following(history: History, determination_id: UUID, kind: str) -> tuple[Named, ...]:
    found = (each for each in history.letters if each.kind == kind and each.determination_id == determination_id)
    return _named(found)


def _submissions(history: History) -> Iterator[Event]:
    for submission in history.sent:
        said = submission.content["request"]
        how = "Corrected" if "corrects" in said else "Answered"
        title = "Submitted" if submission.number == 1 else f"{how} (submission {submission.number})"
        note = said.get("response", "")
        attested = submission.content.get("attestation") or {}
        role = (attested.get("signed_by") or {}).get("role_name", "")
        signed = _signature(attested, role, submission.digest)
        yield Event(submission.submitted_at, title, submission.submitted_by.get_full_name(), note, signed=signed)
    if history.request.state == State.WITHDRAWN:
        yield Event(history.request.updated_at, "Withdrawn", history.request.organization.name)


def _decisions(history: History) -> Iterator[Event]:
    for made in history.decided:
        own = [each for each in history.letters if each.determination_id == made.pk and each.kind not in _LATER]
        note = made.information_needed or made.modification_reason
        kept = made.signature
        signed = _signature(kept, kept.get("role_name", ""), kept.get("sha256", ""))
        yield Event(made.decided_at, made.get_decision_display(), made.decider, note, _named(own), signed)


def _recommendations(history: History) -> Iterator[Event]:
    for proposed in history.recommended:
        yield Event(
            proposed.recommended_at, "Denial recommended", proposed.recommended_by.get_full_name(), proposed.rationale
        )
        answer = getattr(proposed, "answer", None)
        if answer is not None and answer.kind == RecommendationAnswer.Kind.RETURNED:
            yield Event(answer.answered_at, "Returned to the reviewer", answer.answered_by.get_full_name(), answer.note)


def _clock(history: History) -> Iterator[Event]:
    for event in history.moved:
        by = event.by.get_full_name() if event.by else "By rule"
        yield Event(event.at, f"Time {event.get_kind_display().lower()}", by, event.reason)


def _calls(history: History) -> Iterator[Event]:
    notices = sorted((each for each in history.letters if each.kind == _CALL_NOTICE), key=lambda each: each.created_at)
    events = sorted((event for call in history.calls for event in call.events.all()), key=lambda event: event.pk)
    times = [event for event in events if event.kind == PeerToPeerEvent.Kind.SCHEDULED]
    notice_of = {event.pk: notice for event, notice in zip(times, notices, strict=False)}
    for call in history.calls:
        by = call.requested_by.get_full_name()
        yield Event(call.requested_at, "Peer-to-peer call asked for", by, call.availability)
    for event in events:
        title = f"Peer-to-peer call {event.get_kind_display().lower()}"
        told = _named([notice_of[event.pk]]) if event.pk in notice_of else ()
        yield Event(event.at, title, event.by.get_full_name(), event.notes, told)


def _appeals(history: History) -> Iterator[Event]:
    for appeal in history.appeals:
        yield Event(appeal.filed_at, "Appeal filed", appeal.filed_by.get_full_name(), appeal.grounds)
        outcome = getattr(appeal, "outcome", None)
        if outcome is not None:
            letters = _following(history, appeal.determination_id, Letter.Kind.APPEAL_UPHELD)
            yield Event(
                outcome.decided_at,
                f"Appeal: {outcome.get_kind_display().lower()}",
                outcome.decided_by.get_full_name(),
                outcome.explanation,
                letters if outcome.kind == "upheld" else (),
            )


def _voids(history: History) -> Iterator[Event]:
    for authorization in history.authorizations:
        if authorization.status == Authorization.Status.VOID:
            void = authorization.void
            letters = _following(history, authorization.determination_id, Letter.Kind.VOID_NOTICE)
            yield Event(void.voided_at, "Authorization void", void.voided_by.get_full_name(), void.reason, letters)


def _mailings(history: History) -> Iterator[Event]:
    for letter in history.letters:
        mailing = getattr(letter, "mailing", None)
        if mailing is not None:
            what = f"{letter.get_kind_display()} letter of {words.long_date(timezone.localdate(letter.created_at))}"
            yield Event(mailing.at, "Patient’s copy mailed", mailing.by.get_full_name(), what)
