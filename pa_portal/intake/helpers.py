"""Parts of a page that are worked out while the page is being filled in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from criteria.dosing import Dose, dose
from criteria.policy import Policy


@dataclass(frozen=True, slots=True)
class Helper:
    """Where such a part refreshes from and its template; ``name`` and ``button`` are those of what works without
    scripts, if anything has to.

    ``trigger`` and ``sent`` are htmx's: what makes it refresh, and which of the form's controls are sent.
    """

    url: str
    template: str
    button: str
    name: str = "stay"
    trigger: str = "input from:closest form delay:350ms"
    sent: str = "*"


def dose_of(policy: Policy, height_cm: Decimal | None, weight_kg: Decimal | None) -> Dose | None:
    """The policy's dose for a height in cm and a weight in kg; ``None`` while either is missing."""
    if height_cm is None or weight_kg is None:
        return None
    return dose(policy.dosing, height_cm, weight_kg)
