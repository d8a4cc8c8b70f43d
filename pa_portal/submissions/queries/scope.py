"""What a person's role and organization let them see; every other read of a request starts from here."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.db.models import Model, QuerySet

from pa_portal.accounts.models import PROVIDERS, REVIEWERS, Organization, Role, User
from pa_portal.submissions.models import Request, State

M = TypeVar("M", bound=Model)


def visible_to(user: User) -> QuerySet[Request]:
    """Return every request this person may see.

    Prescribers and practice staff: all of their organization's, drafts included, but no discarded ones. Reviewers and
    medical directors: those submitted to their plan. Managers: those submitted to their plan, or by their provider
    organization. Anyone else: none.
    """
    sent = Request.objects.filter(submitted_at__isnull=False)
    if not user.is_active:
        return Request.objects.none()
    if user.role in PROVIDERS:
        return Request.objects.filter(organization_id=user.organization_id).exclude(
            state=State.WITHDRAWN, submitted_at__isnull=True
        )
    if user.role in REVIEWERS:
        return sent.filter(plan_id=user.organization_id)
    if user.role == Role.MANAGER and user.organization.kind == Organization.Kind.PLAN:
        return sent.filter(plan_id=user.organization_id)
    if user.role == Role.MANAGER:
        return sent.filter(organization_id=user.organization_id)
    return Request.objects.none()


def one(found: QuerySet[M], id: uuid.UUID | str) -> M:
    """Return the row with this id. Raises the model's DoesNotExist, also for what is not an id."""
    return found.get(pk=as_id(id))


def as_id(id: uuid.UUID | str) -> uuid.UUID | None:
    """Return ``id`` as a UUID; None for what is not one."""
    try:
        return id if isinstance(id, uuid.UUID) else uuid.UUID(id)
    except (ValueError, AttributeError, TypeError):
        return None


def with_people(requests: QuerySet[Request]) -> QuerySet[Request]:
    """Read each request's patient, prescriber, plan and organization in the same query."""
    return requests.select_related("patient", "patient__plan", "prescriber", "plan", "organization")
