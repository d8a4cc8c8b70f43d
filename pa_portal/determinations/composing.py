"""From records to the letter's plain values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from pa_portal.accounts.models import Organization, User
from pa_portal.determinations import queries
from pa_portal.determinations.case import Case
from pa_portal.determinations.letters import content as letters
from pa_portal.determinations.letters.wording import section
from pa_portal.determinations.models import Authorization
from pa_portal.submissions.models import Request


def letter_input(
    request: Request,
    *,
    case: Case,
    by: User | None,
    on: datetime.datetime,
    authorization: Authorization | None = None,
    reasons: Sequence[Mapping[str, str]] = (),
    plan: letters.Plan | None = None,
    **told: Any,
) -> letters.LetterInput:
    """Return what a letter of a day says on a request.

    Patient, prescriber, request and diagnosis come from the submission's snapshot; the plan's particulars are those of
    today, and are frozen in the letter; ``plan`` is those, for a caller that has them. ``reasons``: text, cite, answer
    and would_change of each. ``told``: further fields of LetterInput. ``by`` is None where the plan's rules decided.
    """
    assert request.plan is not None
    assert request.submitted_at is not None
    content, policy = case.content, case.policy
    return letters.LetterInput(
        plan=plan or plan_details(request.plan),
        prescriber=_prescriber(content),
        patient=_patient(content["patient"]),
        request=letters.RequestDetails(
            reference=request.reference,
            request_type=content["request"]["request_type"],
            submitted_on=timezone.localdate(request.submitted_at),
            urgency=content["request"]["urgency"],
        ),
        policy=letters.PolicyDetails(
            id=policy.id,
            version=policy.version,
            title=policy.title,
            citation=_section(case),
            renewal_citation=policy.renewal[0].cite,
        ),
        drug=letters.DrugDetails(
            brand=policy.drug.brand,
            generic=policy.drug.generic,
            hcpcs=policy.hcpcs.code,
            ndcs=[ndc.code for ndc in policy.ndcs],
        ),
        diagnosis=letters.Diagnosis(
            code=content["treatment"]["diagnosis_code"], description=content["treatment"]["diagnosis_description"]
        ),
        decided_by=_signer(by),
        decided_on=timezone.localdate(on),
        authorization=_authorization(authorization, case) if authorization else None,
        pathway=_pathway(case) if authorization else None,
        reasons=[letters.Reason(**reason) for reason in reasons],
        renewal_needs=_renewal_needs(case),
        **told,
    )


def changes(asked: Mapping[str, Any], approved: Mapping[str, Any]) -> list[letters.Change]:
    """Return what an approval changes, from the terms that a determination keeps."""
    told = (
        ("Start date", letters.long_date, "start"),
        ("Last day covered", letters.long_date, "valid_through"),
        ("Number of doses", str, "doses"),
        ("Units for each dose", str, "units_per_dose"),
    )
    return [
        letters.Change(label=label, asked=_said(say, asked[name]), approved=_said(say, approved[name]))
        for label, say, name in told
        if asked[name] != approved[name]
    ]


def _said(say: Any, value: Any) -> str:
    return str(say(datetime.date.fromisoformat(value) if isinstance(value, str) else value))


def _signer(by: User | None) -> letters.Reviewer:
    if by is None:
        return letters.Reviewer(
            name="Utilization Management", title="Approved under the plan’s rules, without a reviewer"
        )
    return letters.Reviewer(
        name=f"{by.first_name} {by.last_name}", credentials=by.credentials, title=by.title or by.get_role_display()
    )


def _renewal_needs(case: Case) -> list[str]:
    """The policy's renewal criteria by their labels, then those that bind every request."""
    universal = section(case.policy.universal[0].cite)
    own = [f"{node.label}." for node in case.policy.renewal]
    return [*own, f"The rules for every request are still met ({universal})."]


def plan_details(plan: Organization) -> letters.Plan:
    """Return what a plan's letters say of it today."""
    own = queries.letter_settings(plan)
    return letters.Plan(
        name=plan.name,
        address=plan.address_lines(),
        phone=plan.phone,
        fax=plan.fax,
        appeals_address=plan.appeals_address,
        appeals_phone=plan.appeals_phone,
        appeals_fax=plan.appeals_fax,
        appeal_days=own.appeal_days,
        peer_to_peer_phone=plan.peer_to_peer_phone,
        peer_to_peer_days=own.peer_to_peer_days,
        external_review_text=own.external_review_text,
        nondiscrimination_text=plan.nondiscrimination_text,
        language_help_text=plan.language_help_text,
    )


def _prescriber(content: Mapping[str, Any]) -> letters.Prescriber:
    prescriber = content["prescriber"]
    return letters.Prescriber(
        name=f"{prescriber['first_name']} {prescriber['last_name']}",
        credentials=prescriber["credentials"],
        npi=prescriber["npi"],
        organization=content["request"]["organization"]["name"],
        address=prescriber["address"] or content["request"]["organization"]["address"],
        phone=prescriber["phone"],
        fax=prescriber["fax"],
    )


def _patient(patient: Mapping[str, Any]) -> letters.Patient:
    return letters.Patient(
        name=f"{patient['first_name']} {patient['last_name']}",
        date_of_birth=datetime.date.fromisoformat(patient["date_of_birth"]),
        member_id=patient["member_id"],
        address=patient["address"],
    )


def _section(case: Case) -> str:
    """The section that holds the criteria the request was judged by."""
    node = case.policy.renewal[0] if case.content["request"]["request_type"] == "renewal" else case.policy.pathways[0]
    return node.cite


def _authorization(authorization: Authorization, case: Case) -> letters.AuthorizationDetails:
    regimen = case.policy.facts["regimen"]
    return letters.AuthorizationDetails(
        number=authorization.number,
        start=authorization.start,
        valid_through=authorization.valid_through,
        renewal_date=authorization.renewal_date,
        units_per_dose=authorization.units_per_dose,
        interval_days=authorization.interval_days,
        doses=authorization.doses,
        total_units=authorization.total_units,
        dose_mg=Decimal(authorization.dose_mg),
        regimen=regimen.say(authorization.regimen) if authorization.regimen else "As prescribed",
    )


def _pathway(case: Case) -> letters.PathwayDetails | None:
    """The first of the pathways met, in the policy's order."""
    met = (node for node in case.policy.pathways if node.id in case.decision.pathways)
    return next((letters.PathwayDetails(label=node.label, cite=node.cite) for node in met), None)
