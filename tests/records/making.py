"""Requests in the states that tests start from, made through the actions."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from pa_portal.demo import cases
from pa_portal.determinations import actions as determinations
from pa_portal.submissions import actions
from pa_portal.submissions.models import Request

PASSWORD = "correct-horse-battery"
MEETS = cases.PATHWAYS["hr_positive_third_line_plus"]
PATIENT = {
    "first_name": "Marisol",
    "last_name": "Quintana",
    "date_of_birth": datetime.date(1968, 2, 29),
    "member_id": "PMH1001",
    "line_of_business": "commercial",
    "sex": "female",
    "address_line1": "1 Elm Street",
    "city": "Richmond",
    "state": "VA",
    "postal_code": "23220",
}
PRESCRIBER = {"first_name": "Adaeze", "last_name": "Okafor", "npi": "1529483715", "phone": "804-555-0170"}
TREATMENT = {"height_cm": "163", "weight_kg": "68.5", "urgency": "standard", "urgency_reason": ""}


def day(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


def draft(
    world: SimpleNamespace,
    *,
    answers: dict[str, Any] = MEETS,
    diagnosis: str = "C50.911",
    by: Any = None,
    **treatment: Any,
) -> Request:
    """A draft with everything filled in."""
    by = by or world.prescriber
    request = actions.start_draft(by=by)

    def save(action: Any, **given: Any) -> None:
        nonlocal request
        request = action(by=by, request_id=request.pk, version=request.version, **given)

    save(actions.save_patient, data={**PATIENT, "plan": world.plan.pk})
    save(actions.save_prescriber, data=PRESCRIBER)
    save(actions.save_diagnosis, data={"diagnosis_code": diagnosis})
    save(actions.save_treatment, data={**TREATMENT, "requested_start_date": day(7), **treatment})
    save(actions.save_answers, answers=answers)
    return request


def submitted(world: SimpleNamespace, *, rationale: str = "", **given: Any) -> Request:
    request = draft(world, **given)
    actions.submit(
        by=given.get("by") or world.prescriber,
        request_id=request.pk,
        version=request.version,
        clinical_rationale=rationale,
    )
    request.refresh_from_db()
    return request


def in_state(world: SimpleNamespace, state: str) -> Request:
    """A request in this state."""
    if state == "draft":
        return draft(world)
    request = submitted(world)
    given = {"request_id": request.pk, "version": request.version}
    if state == "pended":
        determinations.pend(by=world.reviewer, information_needed="The report", respond_by=day(7), **given)
    elif state == "approved":
        determinations.approve(by=world.reviewer, start=day(7), **given)
    elif state == "denied":
        determinations.deny(
            by=world.director,
            reasons=[{"criterion": "her2_negative", "text": "The report describes another patient."}],
            rationale="The report attached is not this patient's.",
            **given,
        )
    elif state == "withdrawn":
        actions.withdraw(by=world.prescriber, **given)
    request.refresh_from_db()
    return request
