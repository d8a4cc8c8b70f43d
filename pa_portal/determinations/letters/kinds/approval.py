"""The approval letter, for a first request and for a renewal."""

from __future__ import annotations

from datetime import timedelta

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block, Fact
from pa_portal.determinations.letters.inputs import AuthorizationDetails, LetterError, LetterInput
from pa_portal.determinations.letters.kinds.common import cited, drug_name, note, policy_facts
from pa_portal.determinations.letters.wording import long_date, milligrams, quantity, section

ASK_AHEAD = timedelta(days=45)


def title(letter: LetterInput) -> str:
    """The subject line."""
    renewal = letter.request.request_type == "renewal"
    return "We approved your renewal request" if renewal else "We approved your prior authorization request"


def body(letter: LetterInput) -> list[Block]:
    """Raises LetterError when there is no authorization to tell of."""
    authorization = letter.authorization
    if authorization is None:
        raise LetterError("authorization", "an approval tells what was authorized")
    what = "Renewal approved" if letter.request.request_type == "renewal" else "Approved"
    return [
        blocks.outcome(f"{what}: {drug_name(letter)}.", "approved"),
        blocks.paragraph(
            "We reviewed your request and approved it. The box below shows what we approved and for how long."
        ),
        _authorization(letter, authorization),
        blocks.heading("Why we approved it"),
        blocks.paragraph(_ground(letter)),
        blocks.facts([*_pathway(letter), *policy_facts(letter)]),
        *note(letter),
        blocks.heading("How to use this approval"),
        blocks.bullets(
            [
                f"It covers doses given from {long_date(authorization.start)} "
                f"through {long_date(authorization.valid_through)}.",
                f"Put the authorization number {authorization.number} on each claim.",
                "Tell us first if the dose, the schedule or the treatment plan will change.",
                "Approval is not a promise to pay. The patient must be a member on the day of each dose.",
            ]
        ),
        *_renewal(letter, authorization),
    ]


def _ground(letter: LetterInput) -> str:
    """Claims no more than is known: without a pathway, the approval may rest on the reviewer's judgement."""
    if letter.pathway:
        return "Your request meets these rules of our policy."
    return "A reviewer looked at the facts of this case and approved the request under this policy."


def _pathway(letter: LetterInput) -> list[Fact]:
    pathway = letter.pathway
    return [("Rules met", f"{pathway.label} ({section(pathway.cite)})")] if pathway else []


def _authorization(letter: LetterInput, authorization: AuthorizationDetails) -> Block:
    drug = letter.drug
    schedule = f"every {quantity(authorization.interval_days, 'day')}"
    dose = [("Dose", f"{milligrams(authorization.dose_mg)} {schedule}")] if authorization.dose_mg is not None else []
    return blocks.panel(
        "Authorization",
        "approved",
        number=("Authorization number", authorization.number),
        highlights=[
            ("Start date", long_date(authorization.start)),
            ("Valid through", long_date(authorization.valid_through)),
            ("Renewal date", long_date(authorization.renewal_date)),
        ],
        items=[
            ("Drug", drug_name(letter)),
            ("Treatment plan", authorization.regimen),
            *dose,
            ("Billing code (HCPCS)", drug.hcpcs),
            ("Drug codes (NDC)", ", ".join(drug.ndcs)),
            ("Units for each dose", f"{quantity(authorization.units_per_dose, 'unit')} {schedule}"),
            ("Number of doses", quantity(authorization.doses, "dose")),
            ("Total for the period", quantity(authorization.total_units, "unit")),
        ],
    )


def _renewal(letter: LetterInput, authorization: AuthorizationDetails) -> list[Block]:
    ask_on = authorization.renewal_date - ASK_AHEAD
    return [
        blocks.heading("How to renew"),
        blocks.paragraph(
            f"If treatment should go on past {long_date(authorization.valid_through)}, ask for a renewal. "
            f"Send it by {long_date(ask_on)}, {ASK_AHEAD.days} days before the renewal date. If we approve it in time, "
            f"the new period starts on {long_date(authorization.renewal_date)}, with no gap."
        ),
        blocks.paragraph("A renewal request must show that:"),
        blocks.bullets(letter.renewal_needs),
        blocks.paragraph(f"These rules are in {cited(letter.policy.renewal_citation)}."),
    ]
