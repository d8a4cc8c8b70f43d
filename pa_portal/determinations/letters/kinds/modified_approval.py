"""The approval of less than was asked: what changed, why, and how to question it."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterError, LetterInput
from pa_portal.determinations.letters.kinds import authorized, rights
from pa_portal.determinations.letters.kinds.common import drug_name, explanation, note


def title(letter: LetterInput) -> str:
    """The subject line."""
    what = "renewal" if letter.request.request_type == "renewal" else "prior authorization"
    return f"We approved your {what} request with changes"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when it is not said what was authorized, what was changed or why."""
    authorization = authorized.required(letter)
    if not letter.changes:
        raise LetterError("changes", "an approval with changes says what they are")
    return [
        blocks.outcome(f"Approved with changes: {drug_name(letter)}.", "approved"),
        blocks.paragraph(
            "We reviewed your request and approved a part of it. The box below shows what we approved. After it you "
            "find what we changed and why, and how to ask us to look again."
        ),
        authorized.box(letter, authorization),
        blocks.heading("What we changed"),
        blocks.facts(
            (change.label, f"You asked for {change.asked}. We approved {change.approved}.") for change in letter.changes
        ),
        blocks.heading("Why we changed it"),
        *explanation(letter),
        *authorized.ground(letter),
        *note(letter),
        *rights.copy_of_policy(),
        *authorized.how_to_use(authorization),
        *authorized.how_to_renew(letter, authorization),
        *rights.peer_to_peer(letter),
        *rights.appeal(letter),
        *rights.external_review(letter),
    ]
