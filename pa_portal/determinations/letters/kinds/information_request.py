"""The letter that asks for what is missing before a decision."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterError, LetterInput
from pa_portal.determinations.letters.kinds.common import drug_name, note, policy_facts
from pa_portal.determinations.letters.wording import long_date


def title(letter: LetterInput) -> str:
    """The subject line."""
    return "We need more information to decide your request"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when it is not said what is needed, or by when."""
    needed = blocks.lines(letter.information_needed)
    if not needed:
        raise LetterError("information_needed", "an information request says what is needed")
    if letter.respond_by is None:
        raise LetterError("respond_by", "an information request says by when to answer")
    respond_by = long_date(letter.respond_by)
    plan, reference = letter.plan, letter.request.reference
    fax = [f"Or fax it to {plan.fax}. Write the reference number on the first page."] if plan.fax else []
    phone = [f"Or call us at {plan.phone}."] if plan.phone else []
    return [
        blocks.outcome("This is not a denial. We have not decided yet.", "waiting"),
        blocks.paragraph(
            f"We reviewed your request for {drug_name(letter)}. Some facts that we need are missing or not clear. "
            "Our decision is waiting for your answer."
        ),
        blocks.panel(
            "What we need",
            "waiting",
            number=("Reference", reference),
            highlights=[("Please answer by", respond_by), ("Status", "Waiting for your answer")],
            items=[],
        ),
        blocks.paragraph("Please send us:"),
        blocks.steps(needed),
        *note(letter),
        blocks.heading("How to answer"),
        blocks.bullets(
            [
                f"Sign in to the portal and open request {reference}. Add your answers there. This is the fastest way.",
                *fax,
                *phone,
            ]
        ),
        blocks.heading("What happens next"),
        blocks.bullets(
            [
                "When your answer reaches us, a reviewer takes up the request again.",
                f"If we have no answer by {respond_by}, a reviewer will look at the request with the facts we have. "
                "A missing answer alone does not make a denial.",
                "Does the patient’s health no longer allow the wait? Call us, and we will review the request faster.",
            ]
        ),
        blocks.heading("The policy we use"),
        blocks.facts(policy_facts(letter)),
    ]
