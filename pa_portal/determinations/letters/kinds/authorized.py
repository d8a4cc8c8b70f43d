"""What a letter says of an authorization: the box, how to use it, and how to renew it."""

from __future__ import annotations

from datetime import timedelta

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.blocks import Block, Fact
from pa_portal.determinations.letters.inputs import AuthorizationDetails, LetterError, LetterInput
from pa_portal.determinations.letters.kinds.common import cited, drug_name, policy_facts
from pa_portal.determinations.letters.wording import long_date, milligrams, quantity, section

ASK_AHEAD = timedelta(days=45)


def required(letter: LetterInput) -> AuthorizationDetails:
    """Raises LetterError when there is no authorization to tell of."""
    if letter.authorization is None:
        raise LetterError("authorization", "this letter tells what was authorized")
    return letter.authorization


def box(letter: LetterInput, authorization: AuthorizationDetails) -> Block:
    """The authorization with its dates, dose and units."""
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


def ground(letter: LetterInput) -> list[Block]:
    """The rules that are met, when it is known which; the policy in any case."""
    pathway = letter.pathway
    met: list[Fact] = [("Rules met", f"{pathway.label} ({section(pathway.cite)})")] if pathway else []
    return [blocks.facts([*met, *policy_facts(letter)])]


def how_to_use(authorization: AuthorizationDetails, *also: str) -> list[Block]:
    """What the approval covers, what goes on a claim, and what else there is to know."""
    return [
        blocks.heading("How to use this approval"),
        blocks.bullets(
            [
                f"It covers doses given from {long_date(authorization.start)} "
                f"through {long_date(authorization.valid_through)}.",
                f"Put the authorization number {authorization.number} on each claim.",
                *also,
                "Tell us first if the dose, the schedule or the treatment plan will change.",
                "Approval is not a promise to pay. The patient must be a member on the day of each dose.",
            ]
        ),
    ]


def how_to_renew(letter: LetterInput, authorization: AuthorizationDetails) -> list[Block]:
    """When to ask for a renewal, and what it has to show. Raises LetterError when that is not known."""
    if not letter.renewal_needs:
        raise LetterError("renewal_needs", "an approval says what a renewal has to show")
    ask_on = max(authorization.renewal_date - ASK_AHEAD, authorization.start)
    days = (authorization.renewal_date - ask_on).days
    return [
        blocks.heading("How to renew"),
        blocks.paragraph(
            f"If treatment should go on past {long_date(authorization.valid_through)}, ask for a renewal. "
            f"Send it by {long_date(ask_on)}, {quantity(days, 'day')} before the renewal date. If we approve it in "
            f"time, the new period starts on {long_date(authorization.renewal_date)}, with no gap."
        ),
        blocks.paragraph("A renewal request must show that:"),
        blocks.bullets(letter.renewal_needs),
        blocks.paragraph(f"These rules are in {cited(letter.policy.renewal_citation)}."),
    ]
