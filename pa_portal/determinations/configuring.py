"""What a plan's managers set: clock rules, automatic approval, and what letters say of rights.

Each change is a row of its own beside the setting. ``seen`` is how many changes of this kind the page knew of
(``queries.setting_changes``); when there are more, Conflict names who made the last one and nothing is changed.
Without it, nobody looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from criteria import catalog
from pa_portal.accounts.models import Organization, Role, User
from pa_portal.audit.actions import record
from pa_portal.determinations import clocks, queries
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import ClockRule, PlanLetterSettings, PolicySetting, SettingChange
from pa_portal.submissions.cleaning import fill
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import LineOfBusiness

LETTER_FIELDS = ("appeal_days", "peer_to_peer_days", "external_review_text")
# Of the plan itself.
PLAN_FIELDS = (
    "address_line1",
    "address_line2",
    "city",
    "state",
    "postal_code",
    "phone",
    "fax",
    "appeals_address",
    "appeals_phone",
    "appeals_fax",
    "peer_to_peer_phone",
    "nondiscrimination_text",
    "language_help_text",
)


@transaction.atomic
def save_clock_rule(
    *,
    by: User,
    stage: str,
    line_of_business: str,
    urgency: str,
    hours: Any,
    fixed: bool = False,
    seen: int | None = None,
) -> ClockRule:
    """Set the hours until a decision is owed; for what is submitted from now on. ``fixed``: nothing moves the deadline.

    A Medicare member's may be shorter than the federal rule, never longer, and stays fixed. Raises ValidationError by
    field, NotAllowed unless ``by`` manages a plan.
    """
    plan = _plan_to_change(by, SettingChange.Kind.CLOCK, seen)
    rule = ClockRule(plan=plan, stage=stage, line_of_business=line_of_business, urgency=urgency)
    fill(
        rule,
        {"stage": stage, "line_of_business": line_of_business, "urgency": urgency, "hours": hours, "fixed": fixed},
        ("stage", "line_of_business", "urgency", "hours", "fixed"),
        required=("hours",),
    )
    key = (rule.stage, rule.line_of_business, rule.urgency)
    if rule.line_of_business == LineOfBusiness.MEDICARE:
        _within_federal_rule(rule, clocks.DEFAULTS[key])
    before = clocks.rule(plan.pk, *key)
    saved, _ = ClockRule.objects.update_or_create(
        plan=plan,
        stage=rule.stage,
        line_of_business=rule.line_of_business,
        urgency=rule.urgency,
        defaults={"hours": rule.hours, "fixed": rule.fixed, "updated_by": by, "updated_at": timezone.now()},
    )
    now = {"hours": saved.hours, "fixed": saved.fixed}
    _note(by, SettingChange.Kind.CLOCK, ":".join(key), {"hours": before.hours, "fixed": before.fixed}, now)
    detail = {"stage": saved.stage, "line_of_business": saved.line_of_business, "urgency": saved.urgency}
    record(by=by, action="clock_rule.saved", obj=saved, detail={**detail, **now})
    return saved


def _within_federal_rule(rule: ClockRule, federal: clocks.Rule) -> None:
    errors = {}
    if rule.hours > federal.hours:
        errors["hours"] = f"Federal rules for Medicare leave at most {federal.hours} hours here."
    if not rule.fixed:
        errors["fixed"] = "Federal rules for Medicare let nothing move this deadline."
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def set_automatic_approval(*, by: User, policy_id: str, on: bool, seen: int | None = None) -> PolicySetting:
    """Let the plan's rules approve what meets every criterion of a policy, or leave all to reviewers.

    Raises ValidationError for a policy that does not exist, NotAllowed unless ``by`` manages a plan.
    """
    plan = _plan_to_change(by, SettingChange.Kind.AUTOMATIC, seen)
    if policy_id not in catalog.policy_ids():
        raise ValidationError({"policy_id": "Choose one of the policies."})
    before = queries.policy_setting(plan, policy_id).automatic_approval
    saved, _ = PolicySetting.objects.update_or_create(
        plan=plan,
        policy_id=policy_id,
        defaults={"automatic_approval": on is True, "updated_by": by, "updated_at": timezone.now()},
    )
    _note(by, SettingChange.Kind.AUTOMATIC, policy_id, {"on": before}, {"on": saved.automatic_approval})
    record(
        by=by,
        action="policy_setting.saved",
        obj=saved,
        detail={"policy": policy_id, "automatic_approval": saved.automatic_approval},
    )
    return saved


@transaction.atomic
def save_letter_settings(*, by: User, data: Mapping[str, Any], seen: int | None = None) -> PlanLetterSettings:
    """Save any of LETTER_FIELDS and PLAN_FIELDS; letters written from now on follow, those sent stay as they are.

    Raises ValidationError by field, NotAllowed unless ``by`` manages a plan.
    """
    plan = _plan_to_change(by, SettingChange.Kind.LETTERS, seen)
    settings = queries.letter_settings(plan)
    own, of_plan = ([name for name in fields if name in data] for fields in (LETTER_FIELDS, PLAN_FIELDS))
    before = {name: getattr(settings, name) for name in own} | {name: getattr(plan, name) for name in of_plan}
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
    after = {name: getattr(settings, name) for name in own} | {name: getattr(plan, name) for name in of_plan}
    _note(by, SettingChange.Kind.LETTERS, "", before, after)
    record(by=by, action="letter_settings.saved", obj=settings, detail={"fields": [*own, *of_plan]})
    return settings


def _note(by: User, kind: str, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Keep what changed; nothing, if all stayed as it was."""
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        SettingChange.objects.create(
            plan=by.organization,
            kind=kind,
            subject=subject,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            by=by,
            at=timezone.now(),
        )


def _plan_to_change(by: User, kind: str, seen: int | None) -> Organization:
    """Return the plan that a manager changes, locked. Raises NotAllowed and Conflict."""
    if not by.is_active or by.role != Role.MANAGER or by.organization.kind != Organization.Kind.PLAN:
        raise NotAllowed("Only a manager of the plan can change this.")
    plan = Organization.objects.select_for_update(no_key=True).get(pk=by.organization_id)
    changes = queries.setting_changes(plan, kind)
    if seen is not None and changes.count() > seen:
        last = changes[0]
        raise Conflict(who=last.by.get_full_name(), when=last.at, decision="Setting changed")
    return plan
