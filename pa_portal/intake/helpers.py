"""Working out what need not be asked, while the numbers are being typed: dose and HER2 status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from criteria import her2
from criteria.derived import Derived, Her2Status
from criteria.dosing import Dose, dose
from criteria.policy import Policy


@dataclass(frozen=True, slots=True)
class Helper:
    """A worked-out box on a page: where it refreshes from, its template, and the button that works without scripts."""

    url: str
    template: str
    button: str


@dataclass(frozen=True, slots=True)
class Her2View:
    """HER2 status from the results so far, with the ISH group and the rule that was applied."""

    status: str
    group: int | None
    rule: str
    settled: bool


def dose_of(policy: Policy, height_cm: Decimal | None, weight_kg: Decimal | None) -> Dose | None:
    """The policy's dose for a height in cm and a weight in kg; ``None`` while either is missing."""
    if height_cm is None or weight_kg is None:
        return None
    return dose(policy.dosing, height_cm, weight_kg)


def her2_rule_on(policy: Policy, facts: tuple[str, ...]) -> Derived | None:
    """The policy's HER2 rule, when one of its ISH numbers is asked among ``facts``."""
    for derived in policy.derived.values():
        inputs = dict(derived.inputs)
        if isinstance(derived, Her2Status) and {inputs["ratio"], inputs["copies"]} & set(facts):
            return derived
    return None


def her2_of(derived: Derived, facts: Mapping[str, Any]) -> Her2View:
    """HER2 status by the policy's rule from the answers given so far."""
    inputs = dict(derived.inputs)
    found = her2.interpret(*(facts.get(inputs[part]) for part in ("ihc", "ish", "ratio", "copies")))
    words = {"negative": "HER2-negative", "positive": "HER2-positive"}
    status = "For a reviewer to settle" if found.discordant else words.get(found.status or "", "Not established")
    return Her2View(status, found.group, found.rule, found.status is not None)
