"""The approval of a renewal."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterInput
from pa_portal.determinations.letters.kinds import authorized
from pa_portal.determinations.letters.kinds.common import drug_name, note
from pa_portal.determinations.letters.wording import long_date


def title(letter: LetterInput) -> str:
    """The subject line."""
    return "We approved your renewal request"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when there is no authorization to tell of, or no word on its renewal."""
    authorization = authorized.required(letter)
    return [
        blocks.outcome(f"Renewal approved: {drug_name(letter)}.", "approved"),
        blocks.paragraph(
            "We reviewed your renewal request and approved it. Treatment may go on from "
            f"{long_date(authorization.start)}. The box below shows what we approved and for how long."
        ),
        authorized.box(letter, authorization),
        blocks.heading("Why we approved it"),
        blocks.paragraph("We looked at how the patient does on treatment, under the renewal rules of our policy."),
        *authorized.ground(letter),
        *note(letter),
        *authorized.how_to_use(
            authorization, "This number is new. For doses before the start date, the earlier number stays good."
        ),
        *authorized.how_to_renew(letter, authorization),
    ]
