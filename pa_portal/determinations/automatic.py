"""Approving by the plan's rules, without a reviewer. Nothing is ever denied this way."""

from __future__ import annotations

import logging
import uuid

from django.db import transaction
from django.utils import timezone

from pa_portal.audit import acting
from pa_portal.determinations import granting, queries
from pa_portal.determinations.case import Case
from pa_portal.determinations.models import Authorization, Determination, PolicySetting
from pa_portal.submissions.models import LineOfBusiness, Request, State, Submission

logger = logging.getLogger(__name__)


def switched_on(request: Request) -> bool:
    """Whether the request's plan approves by rule under the request's policy."""
    return PolicySetting.objects.filter(
        plan_id=request.plan_id, policy_id=request.policy_id, automatic_approval=True
    ).exists()


def approve_if_met(submission_id: uuid.UUID, plan_id: uuid.UUID) -> Determination | None:
    """Approve a first submission that leaves nothing to judge; otherwise it waits for a reviewer as it would anyway.

    Runs after the submission has been committed, so that nothing here can lose one, and for the plan, whose rules these
    are: it sees what other providers have from the plan for the same member. Returns the determination, or None.
    """
    try:
        with transaction.atomic(), acting.for_plan(plan_id):
            return _approve(submission_id)
    except Exception as error:
        # Whatever it is, the submission stands, and its sender must not be told otherwise. Ids and the kind of error
        # alone: its message may quote what the request says.
        logger.warning("Submission %s was left to a reviewer: %s", submission_id, type(error).__name__)
        return None


def left_to_judge(request: Request, case: Case) -> str:
    """Return why a person has to decide this case; "" when nothing is left to judge."""
    patient = case.content["patient"]
    start = queries.proposed_start(request)
    reasons = (
        (bool(case.obstacles), "; ".join(case.obstacles)),
        (bool(case.decision.flags), "the policy flags it for a reviewer"),
        (not case.reproduced, "the engine no longer gives the same result"),
        (patient["line_of_business"] == LineOfBusiness.MEDICARE, "the policy is for non-Medicare plans"),
        (start is None or start < timezone.localdate(), "it is to start in the past"),
        (_covered_already(request, patient["member_id"]), "the patient has an authorization in force"),
        (start and queries.overlapping(request, patient["member_id"], start), "doses could be too near each other"),
    )
    return next((why for stands, why in reasons if stands), "")


def _covered_already(request: Request, member_id: str) -> bool:
    """Whether another authorization of this member is in force, whoever asked: two at once need a person to look."""
    others = Authorization.objects.filter(
        plan_id=request.plan_id,
        patient__member_id__iexact=member_id,
        status=Authorization.Status.ACTIVE,
        valid_through__gte=timezone.localdate(),
    )
    return (others.exclude(pk=request.renews) if request.renews else others).exists()


def _approve(submission_id: uuid.UUID) -> Determination | None:
    submission = Submission.objects.get(pk=submission_id)
    request = (
        Request.objects.select_for_update(of=("self",))
        .select_related("plan", "organization", "patient")
        .get(pk=submission.request_id)
    )
    if request.state != State.SUBMITTED or submission.number != 1 or not switched_on(request):
        return None
    case = Case(submission)
    if left_to_judge(request, case):
        return None
    return granting.grant(request, case, by=None, version=request.version, start=None)
