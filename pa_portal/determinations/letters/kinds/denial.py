"""The denial letter: each reason, what would change it, and every way to ask again."""

from __future__ import annotations

from datetime import timedelta

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block, Fact
from pa_portal.determinations.letters.inputs import LetterError, LetterInput, Reason
from pa_portal.determinations.letters.kinds.common import cited, drug_name, note, policy_facts
from pa_portal.determinations.letters.wording import long_date, quantity


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
        blocks.reasons((_reason_text(reason), _reason_facts(reason)) for reason in letter.reasons),
        *note(letter),
        blocks.heading("The policy we used"),
        blocks.facts(policy_facts(letter)),
        blocks.paragraph(
            "You and the patient may have a free copy of the policy and of all we used to decide. Call or write to ask."
        ),
        *_peer_to_peer(letter),
        *_appeal(letter),
        *_external_review(letter),
    ]


def _reason_text(reason: Reason) -> str:
    if not blocks.clean(reason.text):
        raise LetterError("reasons", "a reason says which rule is not met")
    if not blocks.clean(reason.cite):
        raise LetterError("reasons", "a reason names the section of the policy it comes from")
    return reason.text


def _reason_facts(reason: Reason) -> list[Fact]:
    return [
        ("Where the rule is", _sentence(cited(reason.cite))),
        ("What the request says", reason.answer),
        ("What would change this", reason.would_change),
    ]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _peer_to_peer(letter: LetterInput) -> list[Block]:
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


def _appeal(letter: LetterInput) -> list[Block]:
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


def _external_review(letter: LetterInput) -> list[Block]:
    paragraphs = blocks.lines(letter.plan.external_review_text)
    if not paragraphs:
        return []
    return [blocks.heading("Review by someone outside our plan"), *map(blocks.paragraph, paragraphs)]
