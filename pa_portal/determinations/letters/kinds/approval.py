"""The approval of a first request."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterInput
from pa_portal.determinations.letters.kinds import authorized
from pa_portal.determinations.letters.kinds.common import drug_name, note


def title(letter: LetterInput) -> str:
    """The subject line."""
    return "We approved your prior authorization request"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when there is no authorization to tell of, or no word on its renewal."""
    authorization = authorized.required(letter)
    return [
        blocks.outcome(f"Approved: {drug_name(letter)}.", "approved"),
        blocks.paragraph(
            "We reviewed your request and approved it. The box below shows what we approved and for how long."
        ),
        authorized.box(letter, authorization),
        blocks.heading("Why we approved it"),
        blocks.paragraph(_ground(letter)),
        *authorized.ground(letter),
        *note(letter),
        *authorized.how_to_use(authorization),
        *authorized.how_to_renew(letter, authorization),
    ]


def _ground(letter: LetterInput) -> str:
    """Claims no more than is known: without a pathway, the approval may rest on the reviewer's judgement."""
    if letter.pathway:
        return "Your request meets these rules of our policy."
    return "A reviewer looked at the facts of this case and approved the request under this policy."
