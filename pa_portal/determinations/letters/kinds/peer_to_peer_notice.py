"""The notice of a peer-to-peer call: when, with whom, and what to have at hand."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterError, LetterInput
from pa_portal.determinations.letters.kinds.common import drug_name, note, policy_facts
from pa_portal.determinations.letters.wording import long_date


def title(letter: LetterInput) -> str:
    """The subject line."""
    return "We set a time for your peer-to-peer call"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when there is no call to tell of."""
    call = letter.call
    if call is None:
        raise LetterError("call", "the notice of a call says when it is")
    phone = letter.plan.peer_to_peer_phone or letter.plan.phone
    change = f"To change the time, call us at {phone}." if phone else "To change the time, write to us."
    return [
        blocks.outcome("A time is set for the call. This letter is not a decision.", "waiting"),
        blocks.paragraph(
            f"One of our clinicians will call the prescriber to talk about the request for {drug_name(letter)}."
        ),
        blocks.panel(
            "Peer-to-peer call",
            "waiting",
            number=("Reference", letter.request.reference),
            highlights=[("Date", long_date(call.on)), ("Time", call.at), ("We call", call.phone)],
            items=[("You talk with", call.clinician)],
        ),
        *note(letter),
        blocks.heading("Before the call"),
        blocks.bullets(
            [
                "Have the patient’s chart at hand, with test results and treatment dates.",
                "Know which facts you want us to look at again.",
                change,
            ]
        ),
        blocks.heading("What the call can do"),
        blocks.bullets(_after_denial(letter) if call.after_denial else _before_decision()),
        blocks.heading("The policy we use"),
        blocks.facts(policy_facts(letter)),
    ]


def _before_decision() -> list[str]:
    return [
        "We have not decided yet. What you tell us helps us decide.",
        "If we need something in writing, we will ask for it after the call.",
        "A missed call alone does not make a denial.",
    ]


def _after_denial(letter: LetterInput) -> list[str]:
    return [
        "Our decision stands unless we change it in writing after the call.",
        "The call does not replace an appeal and does not change the time you have to appeal.",
        f"The letter of our decision tells how to appeal. Its reference is {letter.request.reference}.",
    ]
