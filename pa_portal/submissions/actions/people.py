"""Who a request is about and who prescribes."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import Organization, Role, User
from pa_portal.accounts.queries import plans
from pa_portal.audit.actions import record
from pa_portal.submissions import cleaning, medicare, people, queries
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.guard import advance, lock_to_edit
from pa_portal.submissions.models import Patient, Prescriber, Request

ADDRESS = ("address_line1", "address_line2", "city", "state", "postal_code")
PATIENT_REQUIRED = ("first_name", "last_name", "date_of_birth", "member_id", "line_of_business")
PATIENT_FIELDS = (*PATIENT_REQUIRED, "sex", "phone", *ADDRESS, "locality")
PATIENT_IDENTITY = frozenset({"plan", "first_name", "last_name", "date_of_birth", "member_id"})
PRESCRIBER_REQUIRED = ("first_name", "last_name", "npi", "phone")
PRESCRIBER_FIELDS = (*PRESCRIBER_REQUIRED, "credentials", "specialty", "fax", *ADDRESS)
PRESCRIBER_IDENTITY = frozenset({"npi"})


@transaction.atomic
def save_patient(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    data: Mapping[str, Any],
    patient_id: uuid.UUID | str | None = None,
) -> Request:
    """Save who the patient is and which plan covers them.

    ``data``: PATIENT_FIELDS and ``plan`` (a plan, or its id); those of PATIENT_REQUIRED and the plan must be there or
    known already. ``patient_id`` starts from a patient of the organization instead of the request's own. A record that
    other requests use keeps its identity: changed names, dates or member IDs make or find another record.
    """
    request = lock_to_edit(by=by, request_id=request_id)
    _lock_people(request.organization_id)
    current = queries.one(queries.patients_for(by), patient_id) if patient_id else request.patient
    proposed = copy.copy(current) if current else Patient(organization_id=request.organization_id)
    errors: dict[str, Any] = {}
    try:
        proposed.plan = _plan(data.get("plan"), proposed)
    except ValidationError as error:
        errors |= error.error_dict
    try:
        cleaning.fill(proposed, data, PATIENT_FIELDS, PATIENT_REQUIRED)
        cleaning.born(proposed.date_of_birth, timezone.localdate())
        medicare.settle_locality(queries.policy_of(request), proposed)
    except ValidationError as error:
        errors |= error.error_dict
    if errors:
        raise ValidationError(errors)
    if (request.submitted_at or request.corrects_id) and proposed.plan_id != request.plan_id:
        raise ValidationError(
            {"plan": "This request was sent to a plan and stays with it. Start another for another plan."}
        )
    before = {**vars(request.patient)} if request.patient else {}
    patient = people.settle(
        proposed, current, people.same_patient(proposed), request=request, identity=PATIENT_IDENTITY
    )
    return _save_person(by, request, version, "patient", patient, before, plan=patient.plan)


@transaction.atomic
def save_prescriber(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    data: Mapping[str, Any],
    prescriber_id: uuid.UUID | str | None = None,
) -> Request:
    """Save who prescribes. ``data``: PRESCRIBER_FIELDS, of which PRESCRIBER_REQUIRED must be there or known already.

    ``prescriber_id`` starts from a profile of the organization. One NPI is one profile in an organization, which
    follows what is saved here.
    """
    request = lock_to_edit(by=by, request_id=request_id)
    _lock_people(request.organization_id)
    current = queries.one(queries.prescribers_for(by), prescriber_id) if prescriber_id else request.prescriber
    proposed = copy.copy(current) if current else Prescriber(organization_id=request.organization_id)
    cleaning.fill(proposed, data, PRESCRIBER_FIELDS, PRESCRIBER_REQUIRED)
    before = {**vars(request.prescriber)} if request.prescriber else {}
    prescriber = people.settle(
        proposed, current, people.same_prescriber(proposed), request=request, identity=PRESCRIBER_IDENTITY
    )
    _save_person(by, request, version, "prescriber", prescriber, before)
    people.link(prescriber, by)
    return request


@transaction.atomic
def save_profile(*, by: User, data: Mapping[str, Any]) -> Prescriber:
    """Save a prescriber's own profile, which fills in their next requests. ``data`` as for ``save_prescriber``.

    The name and credentials are the account's, unless ``data`` gives others. Raises NotAllowed unless ``by`` is a
    prescriber, and ValidationError also for an NPI that is another person's.
    """
    if by.role != Role.PRESCRIBER or not by.is_active:
        raise NotAllowed("Only a prescriber has a profile.")
    _lock_people(by.organization_id)
    current = queries.profile_of(by)
    proposed = copy.copy(current) if current else Prescriber(organization_id=by.organization_id)
    own = {name: getattr(by, name) for name in ("first_name", "last_name", "credentials")} if not current else {}
    cleaning.fill(proposed, {**own, **data}, PRESCRIBER_FIELDS, PRESCRIBER_REQUIRED)
    same = people.same_prescriber(proposed)
    if same is not None:
        if current is not None or same.user_id is not None:
            raise ValidationError({"npi": "Another profile of your organization has this NPI. Check the number."})
        proposed = copy.copy(same)
        cleaning.fill(proposed, {**own, **data}, PRESCRIBER_FIELDS, PRESCRIBER_REQUIRED)
    profile = people.store(proposed, same or current)
    people.link(profile, by, whatever_the_name=True)
    record(by=by, action="prescriber.profile_saved", obj=profile)
    return profile


def _lock_people(organization_id: uuid.UUID) -> None:
    """Let one writer at a time create or change the organization's patients and prescribers."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)


def _plan(chosen: Any, patient: Patient) -> Organization:
    """Return the plan chosen, or the one the patient has. Raises ValidationError by field."""
    if isinstance(chosen, Organization):
        chosen = chosen.pk
    if not chosen and patient.plan_id:
        return patient.plan
    try:
        return queries.one(plans(), chosen)
    except Organization.DoesNotExist:
        raise ValidationError({"plan": "Choose the patient's health plan."}) from None


def _save_person(
    by: User,
    request: Request,
    version: int,
    role: str,
    person: Patient | Prescriber,
    before: dict[str, Any],
    **others: Any,
) -> Request:
    """Point the request at ``person`` and move its version on, unless nothing changed at all."""
    after = vars(person)
    if all(before.get(field.attname) == after[field.attname] for field in person._meta.concrete_fields):
        return request
    advance(request, version=version, **{role: person}, **others)
    record(
        by=by,
        action=f"request.{role}_saved",
        obj=request,
        detail={f"{role}_id": str(person.pk), "version": request.version},
    )
    return request
