"""How to question a decision: a call with a clinician, an appeal, and a review outside the plan."""

from __future__ import annotations

from datetime import timedelta

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterInput
from pa_portal.determinations.letters.wording import long_date, quantity


def copy_of_policy() -> list[Block]:
    """The right to see what the decision rests on."""
    return [
        blocks.paragraph(
            "You and the patient may have a free copy of the policy and of all we used to decide. Call or write to ask."
        )
    ]


def peer_to_peer(letter: LetterInput) -> list[Block]:
    """The offer of a call between clinicians, with its last day."""
    plan = letter.plan
    last_day = letter.decided_on + timedelta(days=plan.peer_to_peer_days)
    phone = plan.peer_to_peer_phone or plan.phone
    return [
        blocks.heading("Talk with our reviewer"),
        blocks.paragraph(
            "The prescriber can ask to talk with one of our clinicians about this case. This is a peer-to-peer call. "
            "You do not have to do this before you appeal, and it does not change the time you have to appeal."
        ),
        blocks.facts(
            [
                ("Phone", phone),
                ("Call by", f"{long_date(last_day)} ({quantity(plan.peer_to_peer_days, 'day')} from this letter)"),
                ("Reference", letter.request.reference),
            ]
        ),
    ]


def appeal(letter: LetterInput) -> list[Block]:
    """Who may appeal, where, how and by when."""
    plan = letter.plan
    last_day = letter.decided_on + timedelta(days=plan.appeal_days)
    address = blocks.lines(plan.appeals_address) or blocks.lines(plan.address)
    return [
        blocks.heading("How to appeal"),
        blocks.paragraph(
            "The patient, the prescriber, or someone the patient names may appeal. An appeal is free. A person who had "
            "no part in this decision will look at the case again."
        ),
        blocks.facts(
            [
                ("Appeal by", f"{long_date(last_day)} ({quantity(plan.appeal_days, 'day')} from this letter)"),
                ("Mail", ", ".join(address)),
                ("Phone", plan.appeals_phone or plan.phone),
                ("Fax", plan.appeals_fax or plan.fax),
            ]
        ),
        blocks.bullets(
            [
                f"Give the reference number {letter.request.reference} and the patient’s member ID.",
                "Say why you think we should change the decision.",
                "Send what supports it, such as test results, office notes or studies.",
                "Ask for a fast (expedited) appeal, by phone or fax, if waiting could put the patient’s life, "
                "health or ability to function at risk.",
            ]
        ),
    ]


def external_review(letter: LetterInput) -> list[Block]:
    """The plan's own text on review outside it; nothing when there is none."""
    paragraphs = blocks.lines(letter.plan.external_review_text)
    if not paragraphs:
        return []
    return [blocks.heading("Review by someone outside our plan"), *map(blocks.paragraph, paragraphs)]
