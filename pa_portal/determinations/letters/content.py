"""Composing a letter: plain values in, the record to freeze out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pa_portal.determinations.letters.blocks import Block, clean
from pa_portal.determinations.letters.inputs import (
    AuthorizationDetails,
    Diagnosis,
    DrugDetails,
    LetterError,
    LetterInput,
    PathwayDetails,
    Patient,
    Plan,
    PolicyDetails,
    Prescriber,
    Reason,
    RequestDetails,
    Reviewer,
)
from pa_portal.determinations.letters.kinds import approval, denial, information_request
from pa_portal.determinations.letters.kinds.common import closing, opening
from pa_portal.determinations.letters.record import SCHEMA, canonical_json, sha256

__all__ = [
    "KINDS",
    "AuthorizationDetails",
    "Diagnosis",
    "DrugDetails",
    "LetterError",
    "LetterInput",
    "PathwayDetails",
    "Patient",
    "Plan",
    "PolicyDetails",
    "Prescriber",
    "Reason",
    "RequestDetails",
    "Reviewer",
    "canonical_json",
    "compose",
    "sha256",
]


class _Kind(NamedTuple):
    title: Callable[[LetterInput], str]
    body: Callable[[LetterInput], list[Block]]


# A further kind is a module with the same two functions, and a line here.
KINDS = {
    "approval": _Kind(approval.title, approval.body),
    "denial": _Kind(denial.title, denial.body),
    "information_request": _Kind(information_request.title, information_request.body),
}


def compose(kind: str, letter: LetterInput) -> dict[str, Any]:
    """The record of a letter of this kind: `schema`, `kind`, `language`, `title`, `author`, `reference`, `date` (ISO)
    and `blocks`, in reading order.

    JSON-able and complete: both renderers need nothing else. The title names the reference and no patient, since
    browsers and file managers show it. Raises LetterError naming the field when the kind is unknown or a value that
    the kind cannot do without is missing.
    """
    if kind not in KINDS:
        raise LetterError("kind", f"{kind!r} is none of {', '.join(KINDS)}")
    title, body = KINDS[kind]
    subject = title(letter)
    reference = clean(letter.request.reference)
    return {
        "schema": SCHEMA,
        "kind": kind,
        "language": "en",
        "title": f"{subject} ({reference})",
        "author": clean(letter.plan.name),
        "reference": reference,
        "date": letter.decided_on.isoformat(),
        "blocks": [*opening(letter, subject), *body(letter), *closing(letter)],
    }
