"""What a submission freezes: everything a decision rests on, as plain JSON, and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from criteria.dosing import Dose, dose
from criteria.evaluate import Decision
from criteria.policy import Policy
from criteria.questions import Walk
from pa_portal.submissions.documents import documents_needed
from pa_portal.submissions.medicare import coverage
from pa_portal.submissions.models import Attachment, Patient, Prescriber, Request
from pa_portal.submissions.queries import attachments_of


def canonical_json(content: Mapping[str, Any]) -> str:
    """Return ``content`` as JSON with sorted keys and no spare space, so that equal contents give equal text.

    Raises ValueError for NaN and infinity.
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hex, of the canonical JSON in UTF-8."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def compose(
    request: Request, policy: Policy, walk: Walk, decision: Decision, *, attestation: Mapping[str, Any], **response: str
) -> dict[str, Any]:
    """Return the content of a submission. ``response`` is what answers a request for information, if this does.

    Decimals are written as strings, dates as ISO text; ``answers`` holds only those on the path taken.
    """
    return content(
        request,
        policy,
        walk,
        decision=decision.as_json(trace=True),
        attachments=[_attachment(attachment) for attachment in attachments_of(request)],
        documents_missing=[document.kind for document in documents_needed(request, walk) if document.missing],
        attestation=attestation,
        **response,
    )


def content(
    request: Request,
    policy: Policy,
    walk: Walk,
    *,
    decision: Any,
    attachments: Sequence[Mapping[str, Any]],
    documents_missing: Sequence[str],
    attestation: Mapping[str, Any],
    **response: str,
) -> dict[str, Any]:
    """Return the content of a submission from its parts, without a look into the database."""
    patient, prescriber = request.patient, request.prescriber
    assert patient is not None
    assert prescriber is not None
    return {
        "policy": {"id": policy.id, "version": policy.version, "digest": policy.digest},
        "given": {name: value for name, value in walk.facts.items() if name not in walk.asked},
        "answers": {name: walk.facts[name] for name in walk.asked},
        "facts": dict(walk.facts),
        "request": _request(request) | response,
        "patient": _patient(patient),
        "prescriber": _prescriber(prescriber),
        "treatment": _treatment(request, policy),
        "medicare": coverage(policy, patient),
        "attachments": list(attachments),
        "documents_missing": list(documents_missing),
        "decision": decision,
        "attestation": dict(attestation),
    }


def _attachment(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": str(attachment.pk),
        "kind": attachment.kind,
        "criteria": attachment.criteria,
        "name": attachment.download_name,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "sha256": attachment.sha256,
        "uploaded_by": attachment.uploaded_by.get_full_name(),
        "uploaded_at": attachment.uploaded_at.isoformat(),
    }


def _request(request: Request) -> dict[str, Any]:
    assert request.plan is not None
    return {
        "id": str(request.pk),
        "reference": request.reference,
        "request_type": request.request_type,
        "request_date": request.request_date.isoformat(),
        "urgency": request.urgency,
        "urgency_reason": request.urgency_reason,
        "clinical_rationale": request.clinical_rationale,
        "renews": str(request.renews) if request.renews else None,
        "plan": {"id": str(request.plan_id), "name": request.plan.name},
        "organization": {
            "id": str(request.organization_id),
            "name": request.organization.name,
            "npi": request.organization.npi,
            "address": request.organization.address_lines(),
            "phone": request.organization.phone,
            "fax": request.organization.fax,
        },
    }


def _patient(patient: Patient) -> dict[str, Any]:
    return {
        "id": str(patient.pk),
        "first_name": patient.first_name,
        "last_name": patient.last_name,
        "date_of_birth": patient.date_of_birth.isoformat(),
        "member_id": patient.member_id,
        "sex": patient.sex,
        "phone": patient.phone,
        "address": patient.address_lines(),
        "state": patient.state,
        "plan_name": patient.plan_name,
        "line_of_business": patient.line_of_business,
        "locality": patient.locality,
    }


def _prescriber(prescriber: Prescriber) -> dict[str, Any]:
    return {
        "id": str(prescriber.pk),
        "first_name": prescriber.first_name,
        "last_name": prescriber.last_name,
        "credentials": prescriber.credentials,
        "npi": prescriber.npi,
        "specialty": prescriber.specialty,
        "phone": prescriber.phone,
        "fax": prescriber.fax,
        "address": prescriber.address_lines(),
    }


def _treatment(request: Request, policy: Policy) -> dict[str, Any]:
    assert request.height_cm is not None
    assert request.weight_kg is not None
    assert request.requested_start_date is not None
    return {
        "diagnosis_code": request.diagnosis_code,
        "diagnosis_description": policy.diagnoses.get(request.diagnosis_code, ""),
        "diagnosis_covered": request.diagnosis_code in policy.diagnoses,
        "height_cm": str(request.height_cm),
        "weight_kg": str(request.weight_kg),
        "requested_start_date": request.requested_start_date.isoformat(),
        "dose": _dose(dose(policy.dosing, request.height_cm, request.weight_kg)),
    }


def _dose(worked_out: Dose) -> dict[str, Any]:
    hundredth = Decimal("0.01")
    return {
        "bsa_m2": str(worked_out.bsa_m2.quantize(hundredth)),
        "bsa_used_m2": str(worked_out.bsa_used_m2.quantize(hundredth)),
        "capped": worked_out.capped,
        "dose_mg": str(worked_out.dose_mg),
        "vials": [list(pair) for pair in worked_out.vials],
        "vial_mg": worked_out.vial_mg,
        "administered_units": worked_out.administered_units,
        "discarded_units": worked_out.discarded_units,
        "billed_units": worked_out.billed_units,
        "max_units": worked_out.max_units,
        "interval_days": worked_out.interval_days,
        "within_limit": worked_out.within_limit,
    }
