"""The outcome of an appeal that changes the decision: what is now authorized."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterInput
from pa_portal.determinations.letters.kinds import authorized
from pa_portal.determinations.letters.kinds.common import appeal_facts, appeal_of, drug_name, explanation, note
from pa_portal.determinations.letters.wording import long_date


def title(letter: LetterInput) -> str:
    """The subject line."""
    return "We looked at your appeal and changed our decision"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when there is no appeal to answer, or nothing is authorized."""
    appeal, authorization = appeal_of(letter), authorized.required(letter)
    told = bool(blocks.lines(letter.explanation))
    why = [blocks.heading("Why we changed our decision"), *explanation(letter)] if told else []
    return [
        blocks.outcome(f"Approved on appeal: {drug_name(letter)}.", "approved"),
        blocks.paragraph(
            "We looked at your appeal and approved the request. A person who had no part in the first decision "
            f"reviewed it. This letter takes the place of our letter of {long_date(appeal.decided_on)}."
        ),
        authorized.box(letter, authorization),
        blocks.facts(appeal_facts(letter), heading="Your appeal"),
        *why,
        *authorized.ground(letter),
        *note(letter),
        *authorized.how_to_use(authorization),
        *authorized.how_to_renew(letter, authorization),
    ]
