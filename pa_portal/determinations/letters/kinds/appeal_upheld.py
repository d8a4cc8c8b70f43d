"""The outcome of an appeal that keeps the decision: why, and what is left to do."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterInput
from pa_portal.determinations.letters.kinds import rights
from pa_portal.determinations.letters.kinds.common import (
    appeal_facts,
    appeal_of,
    drug_name,
    explanation,
    note,
    policy_facts,
    told_reasons,
)

_KEPT = {
    "denial": "We looked at your appeal and keep our decision. We do not approve this request.",
    "change": "We looked at your appeal and keep our decision. The part that we approved stays approved.",
    "void": "We looked at your appeal and keep our decision. The authorization stays void.",
}


def title(letter: LetterInput) -> str:
    """The subject line."""
    return "We looked at your appeal and keep our decision"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when there is no appeal to answer, or no word on why."""
    appeal = appeal_of(letter)
    reasons = [blocks.heading("The reasons that stand"), told_reasons(letter)] if letter.reasons else []
    return [
        blocks.outcome(f"Decision kept: {drug_name(letter)}.", "denied"),
        blocks.paragraph(f"{_KEPT[appeal.what]} A medical director who had no part in the first decision reviewed it."),
        blocks.facts(appeal_facts(letter), heading="Your appeal"),
        blocks.heading("Why we keep our decision"),
        *explanation(letter),
        *reasons,
        *note(letter),
        blocks.heading("The policy we used"),
        blocks.facts(policy_facts(letter)),
        *rights.copy_of_policy(),
        *_what_is_left(letter),
    ]


def _what_is_left(letter: LetterInput) -> list[Block]:
    reference = letter.request.reference
    return [
        *rights.external_review(letter),
        blocks.heading("What else you can do"),
        blocks.bullets(
            [
                "This is our last word on this appeal. It does not stop you from asking again.",
                "Send a new request when there is something new: a test result, a treatment, a change in the disease.",
                f"Call us with questions, and give the reference number {reference}.",
            ]
        ),
    ]
