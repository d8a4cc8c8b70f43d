"""What a reviewer has to look at beside the criteria, each with a note and its section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pa_portal.determinations.case import Case
from pa_portal.review import words


@dataclass(frozen=True, slots=True)
class FlagView:
    label: str
    note: str
    cite: str


def of(case: Case) -> tuple[FlagView, ...]:
    """The flags of a case: the policy's own, then coverage, dose and Medicare."""
    return tuple(_of(case))


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
    if medicare := case.content.get("medicare"):
        where = ", ".join(filter(None, (medicare["locality"], medicare["state"])))
        serves = (
            f" {medicare['contractor']} ({medicare['jurisdiction']}) serves {where}." if medicare["contractor"] else ""
        )
        yield FlagView("Medicare member", f"{medicare['note']}{serves}", medicare["cite"])
