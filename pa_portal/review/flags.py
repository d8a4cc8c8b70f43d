"""What a reviewer has to look at beside the criteria, each with a note and its section."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from pa_portal.determinations.case import Case
from pa_portal.determinations.queries import overlapping
from pa_portal.review import words
from pa_portal.review.queue import OPEN


@dataclass(frozen=True, slots=True)
class FlagView:
    label: str
    note: str
    cite: str


def of(case: Case) -> tuple[FlagView, ...]:
    """The flags of a case: the policy's own, then coverage, dose, doses too near one another, and Medicare."""
    return (*_of(case), *_too_near(case), *_medicare(case))


def _too_near(case: Case) -> Iterator[FlagView]:
    """How often is never asked: it is the policy's interval. Two authorizations at once, or with less than that from
    the last dose of one to the first of the other, would go below it.
    """
    content, request, dosing = case.content, case.submission.request, case.policy.dosing
    start = datetime.date.fromisoformat(content["treatment"]["requested_start_date"])
    if request.state not in OPEN:
        return
    other = overlapping(request, content["patient"]["member_id"], start)
    if other is not None:
        yield FlagView(
            f"Doses could be less than {dosing.interval_days} days apart",
            f"Authorization {other.number} of request {other.request.reference} runs from "
            f"{words.long_date(other.start)} through {words.long_date(other.valid_through)}, "
            f"and this one is to start on {words.long_date(start)}.",
            words.section(dosing.limit_cite),
        )


def _of(case: Case) -> Iterator[FlagView]:
    policy, treatment = case.policy, case.content["treatment"]
    for name in case.decision.flags:
        flag = policy.flags[name]
        yield FlagView(flag.label, flag.note, words.section(flag.cite))
    if not case.covered:
        yield FlagView(
            f"Diagnosis code {treatment['diagnosis_code']} is not covered",
            "It is not among the codes that the policy lists. Approving needs a rationale.",
            policy.diagnoses_cite,
        )
    dose, dosing = treatment["dose"], policy.dosing
    if not case.within_limit:
        yield FlagView(
            f"{dose['billed_units']} units for each dose, over the limit of {dose['max_units']}",
            "Approving needs a rationale.",
            words.section(dosing.limit_cite),
        )
    if dose["capped"]:
        yield FlagView(
            "Body surface area is capped",
            f"It is {dose['bsa_m2']} m²; the dose is worked out from {dose['bsa_used_m2']} m².",
            words.section(dosing.cite),
        )


def _medicare(case: Case) -> Iterator[FlagView]:
    if medicare := case.content.get("medicare"):
        where = ", ".join(filter(None, (medicare["locality"], medicare["state"])))
        serves = (
            f" {medicare['contractor']} ({medicare['jurisdiction']}) serves {where}." if medicare["contractor"] else ""
        )
        yield FlagView("Medicare member", f"{medicare['note']}{serves}", medicare["cite"])
