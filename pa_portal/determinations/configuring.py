"""What a plan's managers set: clock rules, automatic approval, and what letters say of rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from criteria import catalog
from pa_portal.accounts.models import Organization, Role, User
from pa_portal.audit.actions import record
from pa_portal.determinations import queries
from pa_portal.determinations.models import ClockRule, PlanLetterSettings, PolicySetting
from pa_portal.submissions.cleaning import fill
from pa_portal.submissions.errors import NotAllowed

LETTER_FIELDS = ("appeal_days", "peer_to_peer_days", "external_review_text")
# Of the plan itself.
PLAN_FIELDS = (
    "appeals_address",
    "appeals_phone",
    "appeals_fax",
    "peer_to_peer_phone",
    "nondiscrimination_text",
    "language_help_text",
)


@transaction.atomic
def save_clock_rule(
    *, by: User, stage: str, line_of_business: str, urgency: str, hours: Any, fixed: bool = False
) -> ClockRule:
    """Set the hours until a decision is owed; for what is submitted from now on. ``fixed``: nothing moves the deadline.

    Raises ValidationError by field, NotAllowed unless ``by`` manages a plan.
    """
    plan = _plan_of(by)
    rule = ClockRule(plan=plan, stage=stage, line_of_business=line_of_business, urgency=urgency)
    fill(
        rule,
        {"stage": stage, "line_of_business": line_of_business, "urgency": urgency, "hours": hours, "fixed": fixed},
        ("stage", "line_of_business", "urgency", "hours", "fixed"),
        required=("hours",),
    )
    saved, _ = ClockRule.objects.update_or_create(
        plan=plan,
        stage=rule.stage,
        line_of_business=rule.line_of_business,
        urgency=rule.urgency,
        defaults={"hours": rule.hours, "fixed": rule.fixed, "updated_by": by, "updated_at": timezone.now()},
    )
    detail = {"stage": saved.stage, "line_of_business": saved.line_of_business, "urgency": saved.urgency}
    record(by=by, action="clock_rule.saved", obj=saved, detail={**detail, "hours": saved.hours, "fixed": saved.fixed})
    return saved


@transaction.atomic
def set_automatic_approval(*, by: User, policy_id: str, on: bool) -> PolicySetting:
    """Let the plan's rules approve what meets every criterion of a policy, or leave all to reviewers.

    Raises ValidationError for a policy that does not exist, NotAllowed unless ``by`` manages a plan.
    """
    plan = _plan_of(by)
    if policy_id not in catalog.policy_ids():
        raise ValidationError({"policy_id": "Choose one of the policies."})
    saved, _ = PolicySetting.objects.update_or_create(
        plan=plan,
        policy_id=policy_id,
        defaults={"automatic_approval": on is True, "updated_by": by, "updated_at": timezone.now()},
    )
    record(
        by=by,
        action="policy_setting.saved",
        obj=saved,
        detail={"policy": policy_id, "automatic_approval": saved.automatic_approval},
    )
    return saved


@transaction.atomic
def save_letter_settings(*, by: User, data: Mapping[str, Any]) -> PlanLetterSettings:
    """Save any of LETTER_FIELDS and PLAN_FIELDS; letters written from now on follow, those sent stay as they are.

    Raises ValidationError by field, NotAllowed unless ``by`` manages a plan.
    """
    plan = Organization.objects.select_for_update(no_key=True).get(pk=_plan_of(by).pk)
    settings = queries.letter_settings(plan)
    own, of_plan = ([name for name in fields if name in data] for fields in (LETTER_FIELDS, PLAN_FIELDS))
    errors: dict[str, Any] = {}
    for record_, fields in ((settings, own), (plan, of_plan)):
        try:
            fill(record_, data, fields, required=[name for name in fields if name.endswith("_days")])
        except ValidationError as error:
            errors |= error.message_dict
    if errors:
        raise ValidationError(errors)
    settings.updated_by, settings.updated_at = by, timezone.now()
    settings.save()
    plan.save(update_fields=of_plan)
    record(by=by, action="letter_settings.saved", obj=settings, detail={"fields": [*own, *of_plan]})
    return settings


def _plan_of(by: User) -> Organization:
    if not by.is_active or by.role != Role.MANAGER or by.organization.kind != Organization.Kind.PLAN:
        raise NotAllowed("Only a manager of the plan can change this.")
    return by.organization
