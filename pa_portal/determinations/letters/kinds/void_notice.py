"""The notice that an authorization was made in error and is void."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block
from pa_portal.determinations.letters.inputs import LetterInput
from pa_portal.determinations.letters.kinds import authorized, rights
from pa_portal.determinations.letters.kinds.common import drug_name, explanation, note, policy_facts
from pa_portal.determinations.letters.wording import long_date


def title(letter: LetterInput) -> str:
    """The subject line."""
    return "We must take back your authorization"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when it is not said which authorization is void, or why."""
    authorization = authorized.required(letter)
    today = long_date(letter.decided_on)
    return [
        blocks.outcome(f"No longer valid: authorization {authorization.number}.", "denied"),
        blocks.paragraph(
            f"We approved {drug_name(letter)} in error. As of {today}, the authorization below is void. We are sorry "
            "for the trouble. You can talk with us about this, or appeal. This letter tells you how."
        ),
        blocks.panel(
            "Void authorization",
            "denied",
            number=("Authorization number", authorization.number),
            highlights=[
                ("Void since", today),
                ("Approved from", long_date(authorization.start)),
                ("Approved through", long_date(authorization.valid_through)),
            ],
            items=[],
        ),
        blocks.heading("Why it is void"),
        *explanation(letter),
        *note(letter),
        blocks.heading("What to do now"),
        blocks.bullets(
            [
                f"Do not use the number {authorization.number} for doses given after {today}.",
                "Was a dose given before this letter reached you? Call us before you send the claim.",
                "If we correct the approval, you get another letter with a new number.",
                "If the patient still needs the drug and no new letter comes, send a new request. Ask for a fast "
                "(expedited) review if waiting could harm the patient.",
            ]
        ),
        blocks.heading("The policy we used"),
        blocks.facts(policy_facts(letter)),
        *rights.copy_of_policy(),
        *rights.peer_to_peer(letter),
        *rights.appeal(letter),
        *rights.external_review(letter),
    ]
