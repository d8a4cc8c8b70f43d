"""Every write of patients, prescribers, requests and submissions.

Each action is one transaction and writes its audit row in it. ``by`` is who acts; ``version`` the version token of the
page they acted on. All raise Request.DoesNotExist for a request that is missing or not theirs, Stale when somebody
changed it meanwhile, NotAllowed when the role or the state forbids the act, and ValidationError (a message for each
field or fact) for values that cannot be taken. A save that would change nothing is no error, whatever its token.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from criteria import catalog
from criteria.evaluate import decide
from criteria.facts import FactError
from pa_portal.accounts.models import PROVIDERS, Organization, Role, User
from pa_portal.accounts.queries import plans
from pa_portal.audit.actions import record
from pa_portal.submissions import cleaning, people, queries, snapshot, transitions
from pa_portal.submissions.errors import NotAllowed, NotReady, Stale
from pa_portal.submissions.guard import advance, insert_numbered, lock, lock_to_edit
from pa_portal.submissions.models import Answer, Patient, Prescriber, Request, RequestType, State, Submission, Urgency
from pa_portal.submissions.numbers import REFERENCE

POLICY = "IC-0072"
MEETS = "meets"

ADDRESS = ("address_line1", "address_line2", "city", "state", "postal_code")
PATIENT_REQUIRED = ("first_name", "last_name", "date_of_birth", "member_id", "line_of_business")
PATIENT_FIELDS = (*PATIENT_REQUIRED, "sex", "phone", *ADDRESS)
PATIENT_IDENTITY = frozenset({"plan", "first_name", "last_name", "date_of_birth", "member_id"})
PRESCRIBER_REQUIRED = ("first_name", "last_name", "npi", "phone")
PRESCRIBER_FIELDS = (*PRESCRIBER_REQUIRED, "credentials", "specialty", "fax", *ADDRESS)
PRESCRIBER_IDENTITY = frozenset({"npi"})
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
) -> Request:
    """Start a request dated today, under the policy version that governs today.

    ``renews`` and ``approved_regimen`` belong to a renewal of an authorization; ``like`` is a request whose patient,
    prescriber, diagnosis, height and weight are taken over. Raises NotAllowed unless ``by`` is the
    provider's, and catalog.NoGoverningVersion.
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
    insert_numbered(request, "reference", REFERENCE)
    record(by=by, action="request.started", obj=request, detail={"request_type": request.request_type})
    return request


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
    _lock_people(request)
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
    except ValidationError as error:
        errors |= error.error_dict
    if errors:
        raise ValidationError(errors)
    if request.submitted_at and proposed.plan_id != request.plan_id:
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
    _lock_people(request)
    current = queries.one(queries.prescribers_for(by), prescriber_id) if prescriber_id else request.prescriber
    proposed = copy.copy(current) if current else Prescriber(organization_id=request.organization_id)
    cleaning.fill(proposed, data, PRESCRIBER_FIELDS, PRESCRIBER_REQUIRED)
    before = {**vars(request.prescriber)} if request.prescriber else {}
    prescriber = people.settle(
        proposed, current, people.same_prescriber(proposed), request=request, identity=PRESCRIBER_IDENTITY
    )
    return _save_person(by, request, version, "prescriber", prescriber, before)


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
    changed = {name: value for name, value in checked.items() if not _same(request.answers.get(name), value)}
    if not changed:
        return request
    merged = {name: value for name, value in {**request.answers, **changed}.items() if value is not None}
    advance(request, version=version, answers=merged)
    Answer.objects.bulk_create(
        Answer(request=request, fact=name, value=value, given_by=by) for name, value in changed.items()
    )
    record(by=by, action="request.answered", obj=request, detail={"facts": sorted(changed), "version": request.version})
    return request


@transaction.atomic
def submit(*, by: User, request_id: uuid.UUID | str, version: int, clinical_rationale: str | None = None) -> Submission:
    """Send a draft for a decision, whatever the engine's outcome, once nothing is left to ask.

    Freezes everything in a Submission. The same token again, from a second click or fifty at once, gives the same
    Submission. ``clinical_rationale`` replaces the one saved; an outcome other than "meets" needs one. Raises NotReady
    naming what is missing.
    """
    request = lock(by=by, request_id=request_id)
    if request.state != State.DRAFT and by.role == Role.PRESCRIBER:
        return _submitted_already(request, version)
    transitions.require("submit", by=by, request=request)
    if request.version != version:
        raise Stale(current=request.version)
    if clinical_rationale is not None:
        cleaning.fill(request, {"clinical_rationale": clinical_rationale}, ("clinical_rationale",))
    return _freeze(by, request, version, action="request.submitted")


@transaction.atomic
def respond(*, by: User, request_id: uuid.UUID | str, version: int, response: str, responds_to: str) -> Submission:
    """Answer a request for information: freeze the request as it stands now, with ``response``, and send it back.

    ``responds_to`` names the determination that asked. The same token again gives the same Submission. Raises NotReady
    when there is no response.
    """
    request = lock(by=by, request_id=request_id)
    if request.state != State.PENDED and by.role == Role.PRESCRIBER:
        sent = queries.submissions_of(request).filter(request_version=version, number__gt=1).first()
        if sent is not None:
            return sent
    transitions.require("respond", by=by, request=request)
    if request.version != version:
        raise Stale(current=request.version)
    if not response.strip():
        raise NotReady(("response",))
    said = cleaning.long_text("response", response)
    return _freeze(by, request, version, action="request.responded", response=said, responds_to=responds_to)


@transaction.atomic
def withdraw(*, by: User, request_id: uuid.UUID | str, version: int) -> Request:
    """Take back a submitted or pended request. It stays on record."""
    return _leave("withdraw", "request.withdrawn", by, request_id, version)


@transaction.atomic
def discard_draft(*, by: User, request_id: uuid.UUID | str, version: int) -> None:
    """Discard a draft. Nobody sees it again; its history stays on record, like every answer."""
    _leave("discard", "request.discarded", by, request_id, version)


def _leave(move: str, action: str, by: User, request_id: uuid.UUID | str, version: int) -> Request:
    request = lock(by=by, request_id=request_id)
    advance(request, version=version, state=transitions.require(move, by=by, request=request).target)
    record(by=by, action=action, obj=request, detail={"version": request.version})
    return request


def _lock_people(request: Request) -> None:
    """Let one writer at a time create or change the organization's patients and prescribers."""
    Organization.objects.select_for_update(no_key=True).get(pk=request.organization_id)


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


def _same(stored: Any, value: Any) -> bool:
    """Equal, and of the same JSON type: 1 is not true."""
    return stored == value and isinstance(stored, bool) == isinstance(value, bool)


def _submitted_already(request: Request, version: int) -> Submission:
    """Return the submission that this token made, or the latest if the page shows it already. Else raises Stale."""
    found = queries.submissions_of(request).filter(request_version=version).first()
    if found is None and version == request.version:
        found = queries.submission_of(request)
    if found is None:
        raise Stale(current=request.version)
    return found


def _freeze(by: User, request: Request, version: int, *, action: str, **response: str) -> Submission:
    """Evaluate, snapshot and send. The row is locked and the version checked."""
    policy = queries.policy_of(request)
    walked = queries.walk_for(request)
    gaps = queries.missing(request, walked)
    if gaps:
        raise NotReady(gaps)
    decision = decide(policy, walked.facts)
    if decision.outcome != MEETS and not request.clinical_rationale:
        raise NotReady(("clinical_rationale",))
    content = snapshot.compose(request, policy, walked, decision, **response)
    now = timezone.now()
    last = queries.submission_of(request)
    submission = Submission.objects.create(
        request=request,
        number=last.number + 1 if last else 1,
        request_version=version,
        content=content,
        digest=snapshot.digest(content),
        submitted_by=by,
        submitted_at=now,
    )
    advance(
        request,
        version=version,
        state=State.SUBMITTED,
        clinical_rationale=request.clinical_rationale,
        submitted_at=request.submitted_at or now,
    )
    record(
        by=by,
        action=action,
        obj=request,
        detail={"submission": str(submission.pk), "number": submission.number, "digest": submission.digest},
    )
    return submission
