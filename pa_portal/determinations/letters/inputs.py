"""What a letter is composed from: plain values, with no models behind them.

Text may hold anything a person typed; `blocks` cleans it. Addresses are lines, either a sequence or one string with
line breaks. Sections are cited as the policy numbers them ("III").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

Lines = str | Sequence[str]


class LetterError(ValueError):
    """A letter of this kind cannot be composed: `field` of LetterInput is missing or does not fit."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The health plan that decides, with the settings its letters draw on.

    `appeal_days` and `peer_to_peer_days` are calendar days from the date of the decision. The texts are the plan's
    own blocks; an empty one is left out of the letter.
    """

    name: str
    address: Lines
    phone: str = ""
    fax: str = ""
    appeals_address: Lines = ()
    appeals_phone: str = ""
    appeals_fax: str = ""
    appeal_days: int = 180
    peer_to_peer_phone: str = ""
    peer_to_peer_days: int = 14
    external_review_text: str = ""
    nondiscrimination_text: str = ""
    language_help_text: str = ""


@dataclass(frozen=True, kw_only=True)
class Prescriber:
    """The clinician who asked; the letter is addressed to them."""

    name: str
    credentials: str = ""
    npi: str = ""
    organization: str = ""
    address: Lines = ()
    phone: str = ""
    fax: str = ""


@dataclass(frozen=True, kw_only=True)
class Patient:
    """The member the request is for."""

    name: str
    date_of_birth: date
    member_id: str
    address: Lines = ()


@dataclass(frozen=True, kw_only=True)
class RequestDetails:
    """The request: `request_type` is "initial" or "renewal", `urgency` "standard" or "expedited"."""

    reference: str
    request_type: str
    submitted_on: date
    urgency: str = "standard"


@dataclass(frozen=True, kw_only=True)
class PolicyDetails:
    """The policy version that governed the decision; `citation` is the section that holds the criteria it was decided
    on, `renewal_citation` the one that holds those of the next renewal.
    """

    id: str
    version: str
    title: str
    citation: str
    renewal_citation: str = "IV"


@dataclass(frozen=True, kw_only=True)
class DrugDetails:
    """The drug and its codes: HCPCS as written on a claim, NDCs as the policy lists them."""

    brand: str
    generic: str
    hcpcs: str
    ndcs: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """An ICD-10-CM code with its description."""

    code: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class AuthorizationDetails:
    """What is authorized. Units are HCPCS billing units, the interval is in days, the dose in mg.

    `valid_through` is the last day covered; `renewal_date`, the day after, is the first that needs a renewal.
    """

    number: str
    start: date
    valid_through: date
    renewal_date: date
    units_per_dose: int
    interval_days: int
    doses: int
    total_units: int
    regimen: str
    dose_mg: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PathwayDetails:
    """The set of criteria that the request meets, in the policy's label, with its section."""

    label: str
    cite: str


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One specific reason for a denial: the rule that is not met, its section, the answer that shows it, and what would
    change the outcome.
    """

    text: str
    cite: str
    answer: str = ""
    would_change: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that an approval changes: what was asked for, and what was approved, in words."""

    label: str
    asked: str
    approved: str


@dataclass(frozen=True, kw_only=True)
class AppealDetails:
    """The appeal that a letter answers. `what` is the decision appealed: "denial", "change" or "void"."""

    filed_on: date
    urgency: str
    decided_on: date
    what: str = "denial"


@dataclass(frozen=True, kw_only=True)
class CallDetails:
    """A peer-to-peer call: when, as a reader's clock shows it, the number we call, and who calls."""

    on: date
    at: str
    phone: str
    clinician: str
    after_denial: bool = False


@dataclass(frozen=True, kw_only=True)
class Reviewer:
    """Who decided. `title` is their position at the plan ("Medical Director")."""

    name: str
    credentials: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class LetterInput:
    """Everything that one letter says.

    An approval needs `authorization`, one with changes also `changes` and `explanation`; a denial, at least one of
    `reasons`; an information request, `information_needed` (one thing a line) and `respond_by`; the outcome of an
    appeal, `appeal`, with `explanation` when the decision is kept and `authorization` when it is changed; a void
    notice, the `authorization` and `explanation`; the notice of a call, `call`. `explanation` is why, in the words of
    who decided. `note` is a message from them to the prescriber, printed as it stands; internal notes do not belong in
    either.
    """

    plan: Plan
    prescriber: Prescriber
    patient: Patient
    request: RequestDetails
    policy: PolicyDetails
    drug: DrugDetails
    diagnosis: Diagnosis
    decided_by: Reviewer
    decided_on: date
    authorization: AuthorizationDetails | None = None
    pathway: PathwayDetails | None = None
    changes: Sequence[Change] = ()
    reasons: Sequence[Reason] = ()
    information_needed: Lines = ()
    respond_by: date | None = None
    appeal: AppealDetails | None = None
    call: CallDetails | None = None
    explanation: Lines = ()
    renewal_needs: Sequence[str] = ()
    note: str = ""
