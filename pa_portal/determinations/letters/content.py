"""Composing a letter: plain values in, the record to freeze out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from pa_portal.determinations.letters import copies
from pa_portal.determinations.letters.blocks import Block, clean
from pa_portal.determinations.letters.inputs import (
    AppealDetails,
    AuthorizationDetails,
    CallDetails,
    Change,
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
from pa_portal.determinations.letters.kinds import (
    appeal_overturned,
    appeal_upheld,
    approval,
    denial,
    information_request,
    modified_approval,
    peer_to_peer_notice,
    renewal_approval,
    void_notice,
)
from pa_portal.determinations.letters.kinds.common import closing, opening
from pa_portal.determinations.letters.record import SCHEMA, canonical_json, sha256
from pa_portal.determinations.letters.wording import long_date

__all__ = [
    "KINDS",
    "AppealDetails",
    "AuthorizationDetails",
    "CallDetails",
    "Change",
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
    "long_date",
    "sha256",
]


class _Kind(NamedTuple):
    title: Callable[[LetterInput], str]
    body: Callable[[LetterInput], list[Block]]


# A further kind is a module with the same two functions, and a line here.
KINDS = {
    module.__name__.rpartition(".")[2]: _Kind(module.title, module.body)
    for module in (
        approval,
        modified_approval,
        renewal_approval,
        denial,
        information_request,
        appeal_upheld,
        appeal_overturned,
        void_notice,
        peer_to_peer_notice,
    )
}


def compose(kind: str, letter: LetterInput) -> dict[str, Any]:
    """The record of a letter of this kind: `schema`, `kind`, `language`, `title`, `author`, `reference`, `date` (ISO)
    and `blocks`, in reading order; and `copy`, what the patient's copy has of its own, for a kind that is copied.

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
        "blocks": [*opening(letter, subject), *body(letter), *closing(letter, copied=kind in copies.COPIED)],
        **copies.part(kind, letter),
    }
