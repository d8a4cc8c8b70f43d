"""Filling in a request: its start, its answers, and everything on it that is about no person."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from criteria import catalog
from criteria.facts import FactError
from pa_portal.accounts.models import PROVIDERS, User
from pa_portal.audit.actions import record
from pa_portal.submissions import cleaning, queries
from pa_portal.submissions.actions.attachments import copy_attachments
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.guard import advance, insert_numbered, lock, lock_to_edit
from pa_portal.submissions.models import Answer, Request, RequestType, Urgency
from pa_portal.submissions.numbers import REFERENCE

POLICY = "IC-0072"
TREATMENT_FIELDS = ("height_cm", "weight_kg", "requested_start_date", "urgency", "urgency_reason")


@transaction.atomic
def start_draft(
    *,
    by: User,
    request_type: str = RequestType.INITIAL,
    policy_id: str = POLICY,
    renews: uuid.UUID | None = None,
    approved_regimen: str = "",
    like: Request | None = None,
    patient_id: uuid.UUID | str | None = None,
) -> Request:
    """Start a request dated today, under the policy version that governs today.

    ``renews`` and ``approved_regimen`` belong to a renewal of an authorization; ``like`` is a request whose patient,
    prescriber, diagnosis, height and weight are taken over. ``patient_id`` is a patient of the organization, whose last
    request gives prescriber, diagnosis and height; not the weight, which changes. Otherwise a prescriber's own profile
    is filled in. Raises NotAllowed unless ``by`` is the provider's, catalog.NoGoverningVersion, Patient.DoesNotExist.
    """
    if by.role not in PROVIDERS or not by.is_active:
        raise NotAllowed("Only the provider can start a request.")
    today = timezone.localdate()
    request = Request(
        organization=by.organization,
        created_by=by,
        policy_id=policy_id,
        policy_version=catalog.governing(policy_id, today).version,
        request_type=RequestType(request_type),
        request_date=today,
        renews=renews,
        approved_regimen=approved_regimen,
    )
    if like is not None:
        for name in ("patient", "prescriber", "plan", "diagnosis_code", "height_cm", "weight_kg"):
            setattr(request, name, getattr(like, name))
    elif patient_id:
        _take_patient(request, by, patient_id)
    request.prescriber = request.prescriber or queries.profile_of(by)
    insert_numbered(request, "reference", REFERENCE)
    record(by=by, action="request.started", obj=request, detail={"request_type": request.request_type})
    return request


@transaction.atomic
def copy_request(*, by: User, request_id: uuid.UUID | str) -> Request:
    """Start a draft that says what another request of the organization says, sent or not, dated today.

    Taken over: patient, prescriber, plan, diagnosis, height and weight, the answers that today's policy version accepts
    (given anew, by whoever copies), the rationale and the documents. Not taken over: start date and urgency. Raises
    NotAllowed unless ``by`` is the provider's, and for a renewal, which starts from its authorization.
    """
    source = lock(by=by, request_id=request_id)
    if source.request_type == RequestType.RENEWAL:
        raise NotAllowed("A renewal starts from the authorization that it renews.")
    draft = start_draft(by=by, policy_id=source.policy_id, like=source)
    answers = _acceptable(draft, source.answers)
    advance(draft, version=draft.version, answers=answers, clinical_rationale=source.clinical_rationale)
    Answer.objects.bulk_create(
        Answer(request=draft, fact=name, value=value, given_by=by) for name, value in answers.items()
    )
    copy_attachments(source, draft)
    record(by=by, action="request.copied", obj=draft, detail={"from": str(source.pk), "facts": sorted(answers)})
    return draft


def _acceptable(request: Request, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``answers`` that the request's policy version asks for and accepts."""
    accepted: dict[str, Any] = {}
    for name, value in answers.items():
        try:
            accepted |= _checked_answers(request, {name: value})
        except ValidationError:
            continue
    return accepted


def _take_patient(request: Request, by: User, patient_id: uuid.UUID | str) -> None:
    """Fill a new draft with a known patient, and with what their last request says about them."""
    request.patient = queries.one(queries.patients_for(by), patient_id)
    request.plan = request.patient.plan
    last = queries.visible_to(by).filter(patient=request.patient).order_by("-updated_at").first()
    if last is not None:
        for name in ("prescriber", "diagnosis_code", "height_cm"):
            setattr(request, name, getattr(last, name))


@transaction.atomic
def save_diagnosis(*, by: User, request_id: uuid.UUID | str, version: int, data: Mapping[str, Any]) -> Request:
    """Save the ICD-10-CM code in ``data["diagnosis_code"]``; any is taken, covered by the policy or not.

    Lower case and a missing dot are put right.
    """
    typed = data.get("diagnosis_code")
    code = re.sub(r"[\s.]", "", typed).upper() if isinstance(typed, str) else ""
    tidy = f"{code[:3]}.{code[3:]}" if len(code) > 3 else code
    return _save(by, request_id, version, {"diagnosis_code": tidy}, ("diagnosis_code",), required=("diagnosis_code",))


@transaction.atomic
def save_treatment(*, by: User, request_id: uuid.UUID | str, version: int, data: Mapping[str, Any]) -> Request:
    """Save any of TREATMENT_FIELDS: height (cm) and weight (kg) to one decimal, the start date asked for, the urgency.

    An expedited request needs its reason; a standard one keeps none.
    """
    given = [name for name in TREATMENT_FIELDS if name in data]
    return _save(by, request_id, version, data, given, required=[name for name in given if name != "urgency_reason"])


@transaction.atomic
def save_rationale(*, by: User, request_id: uuid.UUID | str, version: int, data: Mapping[str, Any]) -> Request:
    """Save ``data["clinical_rationale"]``: why to approve although the answers do not meet the criteria."""
    return _save(by, request_id, version, data, ("clinical_rationale",))


@transaction.atomic
def save_answers(*, by: User, request_id: uuid.UUID | str, version: int, answers: Mapping[str, Any]) -> Request:
    """Save answers to the policy's questions, as JSON values by fact; None takes an answer back.

    Nothing else is touched: answers that no longer count stay stored, and count again if the path returns to them.
    Each change is kept in the history with who gave it.
    """
    request = lock_to_edit(by=by, request_id=request_id)
    checked = _checked_answers(request, answers)
    merged = {name: value for name, value in {**request.answers, **checked}.items() if value is not None}
    changed = {name: checked[name] for name in queries.answers_apart(request.answers, merged)}
    if not changed:
        return request
    advance(request, version=version, answers=merged)
    Answer.objects.bulk_create(
        Answer(request=request, fact=name, value=value, given_by=by) for name, value in changed.items()
    )
    record(by=by, action="request.answered", obj=request, detail={"facts": sorted(changed), "version": request.version})
    return request


def _save(
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    data: Mapping[str, Any],
    fields: Any,
    required: Any = (),
) -> Request:
    """Save fields of the request itself; all of them or none."""
    request = lock_to_edit(by=by, request_id=request_id)
    before = {name: getattr(request, name) for name in fields}
    cleaning.fill(request, data, fields, required)
    _check_timing(request, fields)
    changed = {name: getattr(request, name) for name in fields if getattr(request, name) != before[name]}
    if changed:
        advance(request, version=version, **changed)
        record(
            by=by, action="request.saved", obj=request, detail={"fields": sorted(changed), "version": request.version}
        )
    return request


def _check_timing(request: Request, fields: Any) -> None:
    if "requested_start_date" in fields:
        assert request.requested_start_date is not None
        cleaning.near("requested_start_date", request.requested_start_date, timezone.localdate())
    if "urgency" in fields and request.urgency == Urgency.STANDARD:
        request.urgency_reason = ""
    if "urgency_reason" in fields and request.urgency == Urgency.EXPEDITED and not request.urgency_reason:
        raise ValidationError({"urgency_reason": "Say why a standard decision would come too late for this patient."})


def _checked_answers(request: Request, answers: Mapping[str, Any]) -> dict[str, Any]:
    facts = queries.policy_of(request).facts
    checked: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, value in answers.items():
        fact = facts.get(name)
        if fact is None or fact.administrative:
            errors[str(name)] = "This is not a question of the policy."
            continue
        try:
            # Minus zero equals zero, and is written differently.
            checked[name] = fact.parse(value + 0 if isinstance(value, float) else value)
        except FactError as error:
            errors[name] = error.message
    if errors:
        raise ValidationError(errors)
    return checked
