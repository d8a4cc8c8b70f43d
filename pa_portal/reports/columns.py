"""The columns of an exported file, which are also the data dictionary: name, meaning, kind, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Kind(Enum):
    """What a column holds. The value is how the data dictionary says so."""

    CODE = "Text, one of a fixed set"
    TEXT = "Text"
    DATE = "Date, in the portal's time zone"
    MOMENT = "Date and time, UTC"
    WHOLE = "Whole number"
    NUMBER = "Number"
    YES_NO = "yes or no"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``sql`` is its value from a row ``c`` of ``cases``; by default the column of the same name.

    ``patient`` marks what names the patient, ``plan_only`` what a provider organization's manager does not see.
    TEXT is what somebody typed, and is neutralized in a file; CODE is from a set that the portal itself fixes.
    """

    name: str
    kind: Kind
    label: str
    meaning: str
    sql: str = ""
    patient: bool = False
    plan_only: bool = False

    @property
    def value(self) -> str:
        return self.sql or f"c.{self.name}"


def _words(name: str) -> str:
    return f"nullif(array_to_string(c.{name}, ' '), '')"


COLUMNS: Final = (
    Column("reference", Kind.CODE, "Reference", "The number of the request."),
    Column("organization", Kind.TEXT, "Organization", "The provider organization that asks."),
    Column("plan", Kind.TEXT, "Health plan", "The plan that decides."),
    Column(
        "line_of_business",
        Kind.CODE,
        "Line of business",
        "commercial, marketplace, medicaid or medicare, as in the latest submission.",
    ),
    Column("request_type", Kind.CODE, "Type", "initial or renewal."),
    Column("urgency", Kind.CODE, "Urgency", "standard or expedited, as in the latest submission."),
    Column(
        "patient_name",
        Kind.TEXT,
        "Patient",
        "First and last name, as in the latest submission. Only when asked for.",
        patient=True,
    ),
    Column(
        "member_id", Kind.TEXT, "Member ID", "The patient's number with the plan. Only when asked for.", patient=True
    ),
    Column("prescriber", Kind.TEXT, "Prescriber", "First and last name, as in the latest submission."),
    Column("prescriber_npi", Kind.TEXT, "Prescriber NPI", "National Provider Identifier, 10 digits."),
    Column("diagnosis_code", Kind.TEXT, "Diagnosis code", "ICD-10-CM, as in the latest submission."),
    Column(
        "diagnosis_covered", Kind.YES_NO, "Diagnosis covered", "Whether the policy version lists the diagnosis code."
    ),
    Column("submitted_on", Kind.DATE, "Submitted", "The day of the first submission."),
    Column("submitted_at", Kind.MOMENT, "Submitted at", "The moment of the first submission."),
    Column(
        "submissions",
        Kind.WHOLE,
        "Submissions",
        "1, and one more for each correction and each answer to a request for information.",
    ),
    Column(
        "state",
        Kind.CODE,
        "State",
        "submitted (waits for a decision), pended (waits for the provider), approved, denied or withdrawn.",
    ),
    Column("policy_id", Kind.CODE, "Policy", "The policy that governs the request."),
    Column("policy_version", Kind.CODE, "Policy version", "Its version: the day from which that version governs."),
    Column(
        "outcome",
        Kind.CODE,
        "Engine outcome",
        "What the policy's criteria give for the latest answers: meets, does_not_meet or insufficient_information. "
        "It decides nothing by itself.",
    ),
    Column(
        "pathways",
        Kind.CODE,
        "Pathways",
        "The pathways of the policy that the latest answers establish, separated by spaces; none for a renewal.",
        _words("pathways"),
    ),
    Column(
        "flags",
        Kind.CODE,
        "Flags",
        "What the reviewer was told beside the recommendation, separated by spaces.",
        _words("flags"),
    ),
    Column(
        "information_requests", Kind.WHOLE, "Information requests", "How often the plan asked for more information."
    ),
    Column(
        "first_decision",
        Kind.CODE,
        "First decision",
        "approved or denied: the first determination of either kind. Empty while there is none.",
    ),
    Column("decided_on", Kind.DATE, "Decided", "The day of the first decision."),
    Column("decided_at", Kind.MOMENT, "Decided at", "The moment of the first decision."),
    Column(
        "decided_by",
        Kind.TEXT,
        "Decided by",
        "Who made the first decision; Automatic review for nobody. Only in a plan's files.",
        plan_only=True,
    ),
    Column("automatic", Kind.YES_NO, "Automatic", "Whether the plan's rules approved it without a reviewer."),
    Column(
        "decision",
        Kind.CODE,
        "Decision in force",
        "approved or denied, as it stands: an appeal or a correction may have changed the first decision.",
    ),
    Column("modified", Kind.YES_NO, "Modified", "Whether the approval in force is for less than was asked."),
    Column("appeals", Kind.WHOLE, "Appeals", "How often the provider appealed."),
    Column(
        "appeal_outcome",
        Kind.CODE,
        "Appeal outcome",
        "What came of the latest appeal: open, upheld (decision kept), overturned (decision changed) or withdrawn.",
    ),
    Column(
        "against_recommendation",
        Kind.YES_NO,
        "Against the recommendation",
        "Whether the first decision differs from what the portal recommended: to approve when the outcome is meets, "
        "the diagnosis code is covered and a dose is within the limit of units.",
    ),
    Column(
        "denial_reasons",
        Kind.CODE,
        "Denial reasons",
        "The criteria that the first decision, if a denial, rests on, separated by spaces.",
        _words("reasons"),
    ),
    Column(
        "turnaround_hours",
        Kind.NUMBER,
        "Turnaround (hours)",
        "Hours from the first submission to the first decision, waiting for information included.",
        "round(c.turnaround_hours::numeric, 2)",
    ),
    Column(
        "time_limit_hours",
        Kind.WHOLE,
        "Time limit (hours)",
        "Hours from the first submission that the plan's rule allows, without pauses and extensions.",
    ),
    Column("extended_hours", Kind.WHOLE, "Extended by (hours)", "Hours by which the time limit was extended."),
    Column(
        "due_at",
        Kind.MOMENT,
        "Due at",
        "When the decision is or was owed, with pauses for information and extensions counted.",
    ),
    Column(
        "on_time",
        Kind.YES_NO,
        "On time",
        "Whether the first decision came by then. Empty while there is none.",
    ),
    Column("authorization_number", Kind.CODE, "Authorization", "The number of the authorization, once approved."),
    Column(
        "authorization_status", Kind.CODE, "Authorization status", "active, void or superseded (by a later decision)."
    ),
    Column("start", Kind.DATE, "Start", "The first day that is authorized."),
    Column("valid_through", Kind.DATE, "Valid through", "The last day that is authorized."),
    Column("renewal_date", Kind.DATE, "Renewal date", "The day after; a renewal is due by then."),
    Column("hcpcs", Kind.CODE, "HCPCS code", "The billing code authorized."),
    Column("regimen", Kind.CODE, "Regimen", "The regimen authorized."),
    Column("dose_mg", Kind.NUMBER, "Dose (mg)", "One dose, in milligrams."),
    Column("units_per_dose", Kind.WHOLE, "Units per dose", "Billing units for one dose: vials opened, in mg."),
    Column("interval_days", Kind.WHOLE, "Days between doses", "Days from one dose to the next."),
    Column("doses", Kind.WHOLE, "Doses", "Doses that fit in the period."),
    Column("total_units", Kind.WHOLE, "Total units", "Billing units for the whole period."),
)
