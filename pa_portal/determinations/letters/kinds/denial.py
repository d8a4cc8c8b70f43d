"""The denial letter: each reason, what would change it, and every way to ask again."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterError, LetterInput
from pa_portal.determinations.letters.kinds import rights
from pa_portal.determinations.letters.kinds.common import drug_name, note, policy_facts, told_reasons


def title(letter: LetterInput) -> str:
    """The subject line."""
    renewal = letter.request.request_type == "renewal"
    return f"We did not approve your {'renewal' if renewal else 'prior authorization'} request"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when there is no specific reason, or a reason has no text or section."""
    if not letter.reasons:
        raise LetterError("reasons", "a denial gives at least one specific reason")
    count = len(letter.reasons)
    return [
        blocks.outcome(f"Not approved: {drug_name(letter)}.", "denied"),
        blocks.paragraph(
            "A clinical reviewer read your request. It does not meet our medical policy for the "
            f"{'reason' if count == 1 else 'reasons'} below. You can talk with us about this decision, "
            "send us more facts, or appeal. This letter tells you how."
        ),
        blocks.heading("Why we did not approve it"),
        told_reasons(letter),
        *note(letter),
        blocks.heading("The policy we used"),
        blocks.facts(policy_facts(letter)),
        *rights.copy_of_policy(),
        *rights.peer_to_peer(letter),
        *rights.appeal(letter),
        *rights.external_review(letter),
    ]
