"""The patient's copy of a letter: the same frozen words, addressed to the patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.inputs import LetterInput
from pa_portal.determinations.letters.wording import with_credentials

# A decision reaches the patient too; what is still asked of the prescriber does not concern them yet.
COPIED = frozenset(
    {
        "approval",
        "modified_approval",
        "renewal_approval",
        "denial",
        "appeal_upheld",
        "appeal_overturned",
        "void_notice",
    }
)


class NoCopy(ObjectDoesNotExist):
    """There is no copy of this letter: it is of a kind that the prescriber alone gets, or older than copies."""


def recipient(letter: LetterInput) -> list[str]:
    """The patient's name and address, as far as the request gives it."""
    return blocks.lines([letter.patient.name, *blocks.lines(letter.patient.address)])


def part(kind: str, letter: LetterInput) -> dict[str, Any]:
    """What a record keeps for the copy: to whom, and the line that says what it is. Empty where there is none."""
    if kind not in COPIED:
        return {}
    addressee = with_credentials(letter.prescriber.name, letter.prescriber.credentials)
    note = (
        f"This is your copy of a letter to {addressee}, who asked for this drug for you. “You” in it is their office."
    )
    return {"copy": {"recipient": recipient(letter), "note": blocks.clean(note)}}


def addressee(content: Mapping[str, Any]) -> str:
    """The first line of the copy's address: the patient's name. For a record that has a copy."""
    return str(content["copy"]["recipient"][0])


def for_patient(content: Mapping[str, Any]) -> dict[str, Any]:
    """The record as the patient gets it: their name in the window, and a line above the greeting. Raises NoCopy."""
    if "copy" not in content:
        raise NoCopy
    own, kept = content["copy"], list(content["blocks"])
    greeting = next(index for index, block in enumerate(kept) if block["type"] == "paragraph")
    kept.insert(greeting, blocks.paragraph(own["note"]))
    addressed = [blocks.recipient(own["recipient"]) if block["type"] == "recipient" else block for block in kept]
    return {**content, "blocks": addressed}
