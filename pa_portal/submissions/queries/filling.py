"""A request beside its policy: which version, which facts, which path, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from criteria import catalog
from criteria.policy import Policy
from criteria.questions import Walk, walk
from pa_portal.submissions import medicare
from pa_portal.submissions.models import Request, State, Urgency


def policy_of(request: Request) -> Policy:
    """Return the policy version that governs a request."""
    return catalog.get(request.policy_id, request.policy_version)


def newer_version(request: Request) -> Policy | None:
    """Return the policy version that governs today, if it is later than the one that a draft began with; else None.

    A draft keeps its version. ``copy_request`` makes another draft of it under the newer one.
    """
    if request.state != State.DRAFT:
        return None
    try:
        governing = catalog.governing(request.policy_id, timezone.localdate())
    except catalog.NoGoverningVersion:
        return None
    return governing if governing.effective > policy_of(request).effective else None


def given_facts(request: Request) -> dict[str, Any]:
    """Return the facts that the portal fills in itself, as JSON values; those not yet known are left out."""
    facts: dict[str, Any] = {"request_type": request.request_type, "request_date": request.request_date.isoformat()}
    if request.patient is not None:
        facts["date_of_birth"] = request.patient.date_of_birth.isoformat()
    if request.approved_regimen:
        facts["approved_regimen"] = request.approved_regimen
    return facts


def walk_for(request: Request, changes: Mapping[str, Any] | None = None) -> Walk:
    """Return the path that a request's answers take; ``changes`` are answers to try without saving them."""
    return walk(policy_of(request), {**request.answers, **(changes or {})}, given_facts(request))


def missing(request: Request, walked: Walk | None = None) -> tuple[str, ...]:
    """Return what stands between a draft and its submission, in the order of the pages; empty when nothing does.

    The clinical rationale is not among these: whether one is needed shows only when nothing else is missing.
    """
    gaps = ["patient"] if request.patient is None else [*medicare.missing(policy_of(request), request.patient)]
    gaps += ["prescriber"] if request.prescriber_id is None else []
    gaps += [
        name
        for name in ("diagnosis_code", "height_cm", "weight_kg", "requested_start_date")
        if not getattr(request, name)
    ]
    if request.urgency == Urgency.EXPEDITED and not request.urgency_reason.strip():
        gaps.append("urgency_reason")
    pending = (walked or walk_for(request)).pending
    # Without a patient the next question may hang on their age, which is not theirs to answer.
    if pending and not policy_of(request).facts[pending].administrative:
        gaps.append(pending)
    return tuple(gaps)
