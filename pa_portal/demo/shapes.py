"""What a demo request is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens to a request, ``after`` so many hours; ``by`` somebody of the plan, if not its maker."""

    name: str
    after: float = 2
    by: str = ""
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A document attached: one page with these lines under its title."""

    kind: str
    name: str
    lines: tuple[str, ...]
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """One request, begun ``days_ago`` by ``by``, the prescriber who signs, or by ``staff`` for them. ``acts`` follow.

    ``name`` is how a renewal refers to it. ``starts_in`` counts days from when it was begun. ``upto`` stops filling in
    after that many details (of patient, prescriber, diagnosis, treatment), for a draft. ``to_the_hour``: at that very
    time, be it at night, for a request whose clock should stand at a certain hour.
    """

    name: str
    days_ago: float
    by: str
    patient: dict[str, str]
    answers: dict[str, Any]
    diagnosis: str
    height_cm: str
    weight_kg: str
    acts: tuple[Act, ...] = ()
    starts_in: int = 7
    staff: str = ""
    documents: tuple[Document, ...] = ()
    urgency_reason: str = ""
    rationale: str = ""
    renews: str = ""
    upto: int = 4
    to_the_hour: bool = False


def submitted(*then: Act) -> tuple[Act, ...]:
    return (Act("submit"), *then)


def approved(by: str, after: float = 26, rationale: str = "") -> Act:
    return Act("approve", after, by, {"rationale": rationale})


def denied(by: str, *reasons: str, rationale: str, after: float = 44) -> Act:
    return Act("deny", after, by, {"reasons": list(reasons), "rationale": rationale})


def said(body: str, by: str = "", after: float = 2) -> Act:
    """A message to the other side; ``by`` as for an act."""
    return Act("message", after, by, {"body": body})


def noted(body: str, by: str, after: float = 1) -> Act:
    return Act("note", after, by, {"body": body})
