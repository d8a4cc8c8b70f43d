"""Reads of files and schedules: each person's own, and nobody else's."""

from __future__ import annotations

import datetime
import uuid

from django.db.models import QuerySet

from pa_portal.accounts.models import Role, User
from pa_portal.exports.models import Export, Schedule

State = Export.State


def exports_of(user: User) -> QuerySet[Export]:
    """Return the files this person asked for, or a schedule of theirs did, newest first."""
    if not _may(user):
        return Export.objects.none()
    return Export.objects.filter(owner=user, organization_id=user.organization_id).select_related("schedule")


def export_of(user: User, id: uuid.UUID | str) -> Export:
    """Return one file. Raises Export.DoesNotExist alike for one that is missing and one that is not theirs."""
    return exports_of(user).get(pk=id)


def schedules_of(user: User) -> QuerySet[Schedule]:
    """Return this person's schedules, oldest first."""
    if not _may(user):
        return Schedule.objects.none()
    return Schedule.objects.filter(owner=user, organization_id=user.organization_id)


def schedule_of(user: User, id: uuid.UUID | str) -> Schedule:
    """Return one schedule. Raises Schedule.DoesNotExist alike for one that is missing and one that is not theirs."""
    return schedules_of(user).get(pk=id)


def running_schedules() -> QuerySet[Schedule]:
    """Return the schedules that are not paused, of people who may still have files."""
    return Schedule.objects.filter(paused_at__isnull=True, owner__is_active=True, owner__role=Role.MANAGER)


def stuck(before: datetime.datetime) -> QuerySet[Export]:
    """Return the files under way on which nobody has worked since ``before``."""
    return Export.objects.filter(state__in=(State.QUEUED, State.RUNNING), seen_at__lt=before)


def over(now: datetime.datetime) -> QuerySet[Export]:
    """Return the files whose time is over."""
    return Export.objects.filter(state=State.READY, expires_at__lte=now)


def stored_names() -> QuerySet[Export, str]:
    """Return the name of every file that is kept."""
    return Export.objects.filter(state=State.READY).values_list("stored_name", flat=True)


def _may(user: User) -> bool:
    return user.is_active and user.role == Role.MANAGER
