"""Medicare members: whose coverage rules apply to them, by where they live. The policy itself is for other plans."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from criteria.policy import Policy
from pa_portal.submissions.models import LineOfBusiness, Patient

ELSEWHERE = "elsewhere"


def localities(policy: Policy, state: str) -> tuple[tuple[str, str], ...]:
    """Return what to choose a patient's county or city from, as (value, label).

    Empty where one administrative contractor serves the whole state; otherwise the places that another one serves,
    and ``ELSEWHERE``.
    """
    split = policy.medicare.split(state)
    return (*((place, place) for place in split), (ELSEWHERE, "Another county or city")) if split else ()


def settle_locality(policy: Policy, patient: Patient) -> None:
    """Write the patient's locality the policy's way; drop one that has no bearing.

    Raises ValidationError for one that is not a choice. Not yet stated is no error here: see ``missing``.
    """
    choices = localities(policy, patient.state) if patient.line_of_business == LineOfBusiness.MEDICARE else ()
    if not choices or not patient.locality:
        patient.locality = ""
        return
    known = {value.casefold(): value for value, _ in choices}
    if patient.locality.casefold() not in known:
        raise ValidationError({"locality": "Choose the county or city where the patient lives, or another."})
    patient.locality = known[patient.locality.casefold()]


def missing(policy: Policy, patient: Patient) -> tuple[str, ...]:
    """Return which of "state" and "locality" must be known to name a Medicare member's contractor, and is not."""
    if patient.line_of_business != LineOfBusiness.MEDICARE:
        return ()
    if not patient.state:
        return ("state",)
    return ("locality",) if localities(policy, patient.state) and not patient.locality else ()


def coverage(policy: Policy, patient: Patient) -> dict[str, Any] | None:
    """Return, for a Medicare member, the contractor of their area and what the policy says of Medicare; else None.

    ``jurisdiction`` and ``contractor`` are None where the policy names none.
    """
    if patient.line_of_business != LineOfBusiness.MEDICARE:
        return None
    medicare = policy.medicare
    area = medicare.contractor(patient.state, patient.locality)
    return {
        "state": patient.state,
        "locality": patient.locality,
        "jurisdiction": area.id if area else None,
        "contractor": area.contractor if area else None,
        "note": medicare.note,
        "lookup": medicare.lookup,
        "cite": medicare.cite,
    }
