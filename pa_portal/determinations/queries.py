"""Scoped reads of tasks, determinations, authorizations, appeals and letters: the door to this room's reading."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass

from django.db.models import DateField, ExpressionWrapper, F, Q, QuerySet
from django.utils import timezone

from criteria.dates import renewal_date
from pa_portal.accounts.models import Organization, User
from pa_portal.determinations.case import Case
from pa_portal.determinations.correspondents import messages_of, notes_for, side_of, unread, with_unread
from pa_portal.determinations.exporting import ExportRow, export_rows
from pa_portal.determinations.models import (
    Appeal,
    Authorization,
    Determination,
    Letter,
    PeerToPeer,
    PlanLetterSettings,
    PolicySetting,
    Recommendation,
    SettingChange,
)
from pa_portal.determinations.replaying import Replay, replay
from pa_portal.determinations.worklist import (
    TimeLeft,
    clock_rules,
    had_a_part,
    lock_task,
    open_tasks,
    overdue_tasks,
    task_for,
    task_of,
    tasks_for,
    with_clock,
    worklist,
)
from pa_portal.submissions.models import Request
from pa_portal.submissions.queries import one, submission_of, visible_to

__all__ = [
    "ExportRow",
    "Remaining",
    "Replay",
    "TimeLeft",
    "appeal_for",
    "appealable",
    "appeals_for",
    "appeals_of",
    "authorization",
    "authorization_for",
    "authorizations_for",
    "authorizations_of",
    "case_of",
    "clock_rules",
    "determination_in_force",
    "determinations_of",
    "expiring_for",
    "export_rows",
    "had_a_part",
    "letter_for",
    "letter_settings",
    "letters_for",
    "lock_authorization",
    "lock_task",
    "messages_of",
    "notes_for",
    "open_appeal",
    "open_peer_to_peer",
    "open_recommendation",
    "open_tasks",
    "overdue_tasks",
    "overlapping",
    "peer_to_peers_of",
    "policy_setting",
    "proposed_start",
    "recommendations_of",
    "remaining",
    "renewed_by",
    "replay",
    "setting_changes",
    "side_of",
    "task_for",
    "task_of",
    "tasks_for",
    "unread",
    "use_of_policy",
    "with_clock",
    "with_unread",
    "worklist",
]

RENEW_AHEAD = datetime.timedelta(days=45)


def determinations_of(request: Request) -> QuerySet[Determination]:
    """Return the determinations on a request the caller may see, oldest first."""
    return Determination.objects.filter(request=request).select_related("decided_by").order_by("number")


def determination_in_force(request: Request) -> Determination | None:
    """Return the approval or denial that holds: the one that no later decision supersedes; None while undecided."""
    return determinations_of(request).filter(decision__in=("approved", "denied"), superseded_by__isnull=True).first()


def recommendations_of(request: Request) -> QuerySet[Recommendation]:
    """Return the denials recommended on a request the caller may see, with what came of each, oldest first."""
    return (
        Recommendation.objects.filter(request=request)
        .select_related("recommended_by", "submission", "answer", "answer__answered_by")
        .order_by("request_version")
    )


def open_recommendation(request: Request) -> Recommendation | None:
    """Return the recommended denial that waits for a medical director, if there is one."""
    return recommendations_of(request).filter(answer__isnull=True).first()


def case_of(request: Request) -> Case | None:
    """Return the case a reviewer decides: the latest submission of a request the caller may see; None for a draft."""
    submission = submission_of(request)
    return Case(submission) if submission else None


def letters_for(user: User) -> QuerySet[Letter]:
    """Return the letters on requests this person may see, newest first."""
    return (
        Letter.objects.filter(request__in=visible_to(user))
        .select_related("request", "determination", "determination__request")
        .order_by("-created_at", "id")
    )


def letter_for(user: User, id: uuid.UUID | str) -> Letter:
    """Return one letter. Raises Letter.DoesNotExist alike for one that is missing and one that is not theirs."""
    return one(letters_for(user), id)


def authorizations_for(user: User) -> QuerySet[Authorization]:
    """Return the authorizations on requests this person may see, latest start first."""
    return (
        Authorization.objects.filter(request__in=visible_to(user))
        .select_related("request", "patient", "plan", "determination")
        .order_by("-start", "number")
    )


def authorization_for(user: User, request_id: uuid.UUID | str) -> Authorization | None:
    """Return the authorization a request led to, if this person may see the request and there is one."""
    try:
        request = one(visible_to(user), request_id)
    except Request.DoesNotExist:
        return None
    return authorizations_of(request).first()


def authorizations_of(request: Request) -> QuerySet[Authorization]:
    """Return every authorization of a request the caller may see, latest decision first: several after a void, say."""
    return (
        Authorization.objects.filter(request=request)
        .select_related("request", "patient", "plan", "determination", "void")
        .order_by("-determination__number")
    )


@dataclass(frozen=True, slots=True)
class Remaining:
    """What the rest of an authorization has room for: days, doses at its interval, and the units of those."""

    days: int
    doses: int
    units: int


def remaining(authorization: Authorization, *, today: datetime.date | None = None) -> Remaining:
    """Return what may still be given from a day on (today), that day included; nothing unless it is active.

    Claims are not known here: doses are those that fit into the days left, and no more than were authorized.
    """
    day = max(today or timezone.localdate(), authorization.start)
    days = (authorization.valid_through - day).days + 1
    if authorization.status != Authorization.Status.ACTIVE or days <= 0:
        return Remaining(0, 0, 0)
    doses = min(authorization.doses, (days - 1) // authorization.interval_days + 1)
    return Remaining(days, doses, doses * authorization.units_per_dose)


def expiring_for(user: User, *, today: datetime.date | None = None) -> QuerySet[Authorization]:
    """Return the active authorizations to renew: in force, and within 45 days of their renewal date; soonest first."""
    now = today or timezone.localdate()
    return (
        authorizations_for(user)
        .filter(
            status=Authorization.Status.ACTIVE,
            start__lte=now,
            valid_through__gte=now,
            renewal_date__lte=now + RENEW_AHEAD,
        )
        .order_by("renewal_date", "number")
    )


def authorization(user: User, id: uuid.UUID | str) -> Authorization:
    """Return one authorization. Raises Authorization.DoesNotExist alike for one that is missing or not theirs."""
    return one(authorizations_for(user), id)


def lock_authorization(user: User, id: uuid.UUID | str) -> Authorization:
    """As ``authorization``, locked until the transaction ends."""
    return one(authorizations_for(user).select_for_update(of=("self",)), id)


def renewed_by(request: Request) -> Authorization | None:
    """Return the authorization that a renewal request renews, while that one is active."""
    if request.renews is None:
        return None
    return Authorization.objects.filter(pk=request.renews, status=Authorization.Status.ACTIVE).first()


def proposed_start(request: Request) -> datetime.date | None:
    """Return the first day to offer for an approval.

    A renewal begins where the earlier authorization ends, unless that is past; otherwise the day asked for.
    """
    earlier = renewed_by(request)
    if earlier and earlier.renewal_date >= timezone.localdate():
        return earlier.renewal_date
    submission = submission_of(request)
    if submission is None:
        return request.requested_start_date
    return datetime.date.fromisoformat(submission.content["treatment"]["requested_start_date"])


def appeals_of(request: Request) -> QuerySet[Appeal]:
    """Return the appeals on a request the caller may see, with what came of each, oldest first."""
    return (
        Appeal.objects.filter(request=request)
        .select_related("filed_by", "determination", "outcome", "outcome__decided_by", "task", "task__assignee")
        .order_by("number")
    )


def open_appeal(request: Request) -> Appeal | None:
    """Return the appeal that waits for its outcome, if there is one."""
    return appeals_of(request).filter(outcome__isnull=True).first()


def appeals_for(user: User) -> QuerySet[Appeal]:
    """Return the appeals on requests this person may see, those due soonest first and decided ones last."""
    return (
        Appeal.objects.filter(request__in=visible_to(user))
        .select_related("request", "determination", "filed_by", "outcome", "task", "task__assignee")
        .order_by("task__stopped_at", "task__due_at", "id")
    )


def appeal_for(user: User, id: uuid.UUID | str) -> Appeal:
    """Return one appeal. Raises Appeal.DoesNotExist alike for one that is missing and one that is not theirs."""
    return one(appeals_for(user), id)


def appealable(request: Request, *, today: datetime.date | None = None) -> Determination | None:
    """Return the decision that may be appealed now; None when there is none, or its time is over, or it was used.

    A denial, an approval of less than was asked, or an approval whose authorization was made void; once, not after an
    appeal led to it, and until the last day that its letter named.
    """
    found = determination_in_force(request)
    used = appeals_of(request).filter(Q(determination=found) | Q(outcome__determination=found))
    if found is None or used.exclude(outcome__kind="withdrawn").exists():
        return None
    last_day = found.appeal_by
    authorization = Authorization.objects.filter(determination=found).select_related("void").first()
    if authorization is not None and authorization.status == Authorization.Status.VOID:
        last_day = authorization.void.appeal_by
    if last_day is None or (today or timezone.localdate()) > last_day:
        return None
    return found


def peer_to_peers_of(request: Request) -> QuerySet[PeerToPeer]:
    """Return the peer-to-peer calls on a request the caller may see, with what happened to each, oldest first."""
    return (
        PeerToPeer.objects.filter(request=request)
        .select_related("requested_by", "determination")
        .prefetch_related("events__by", "events__clinician")
        .order_by("requested_at", "id")
    )


def open_peer_to_peer(request: Request) -> PeerToPeer | None:
    """Return the call that was asked for and neither held, missed nor cancelled, if there is one."""
    return peer_to_peers_of(request).exclude(events__kind__in=("held", "missed", "cancelled")).first()


def letter_settings(plan: Organization) -> PlanLetterSettings:
    """Return what a plan's letters say of rights: its own settings, or the defaults, unsaved."""
    return PlanLetterSettings.objects.filter(plan=plan).first() or PlanLetterSettings(plan=plan)


def policy_setting(plan: Organization, policy_id: str) -> PolicySetting:
    """Return how a plan applies a policy: its own setting, or the default, unsaved."""
    own = PolicySetting.objects.filter(plan=plan, policy_id=policy_id).first()
    return own or PolicySetting(plan=plan, policy_id=policy_id)


def setting_changes(plan: Organization, kind: str) -> QuerySet[SettingChange]:
    """Return what a plan's managers changed of one kind of setting, latest first."""
    return SettingChange.objects.filter(plan=plan, kind=kind).select_related("by").order_by("-id")


@dataclass(frozen=True, slots=True)
class Use:
    """How many requests of a plan were submitted under a policy version, and how many decisions it led to."""

    requests: int
    decisions: int


def use_of_policy(user: User, policy_id: str, version: str) -> Use:
    """Count the use of a version, among what this person may see."""
    mine = visible_to(user)
    made = Determination.objects.filter(policy_id=policy_id, policy_version=version, request__in=mine)
    sent = mine.filter(policy_id=policy_id, policy_version=version, submitted_at__isnull=False)
    return Use(sent.count(), made.filter(decision__in=("approved", "denied")).count())


def overlapping(request: Request, member_id: str, start: datetime.date) -> Authorization | None:
    """Return an authorization of another request of this member, whoever asked for it, that one from ``start`` would
    put two doses too near each other with.

    One that begins before this one would be over, and is in force on ``start`` or had its last dose, were each given
    on its day, less than an interval before. A renewal goes on at the pace of the one it renews, so that one counts
    while it is in force alone. Of a request the caller may see.
    """
    next_dose = ExpressionWrapper(F("start") + F("doses") * F("interval_days"), output_field=DateField())
    others = (
        Authorization.objects.annotate(next_dose=next_dose)
        .filter(
            Q(valid_through__gte=start) | Q(next_dose__gt=start),
            plan=request.plan,
            patient__member_id__iexact=member_id,
            status=Authorization.Status.ACTIVE,
            start__lt=renewal_date(start),
        )
        .exclude(request=request)
    )
    if request.renews is not None:
        others = others.exclude(pk=request.renews, valid_through__lt=start)
    return others.select_related("request").order_by("-valid_through").first()
