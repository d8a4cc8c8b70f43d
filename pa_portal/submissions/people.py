"""Which patient or prescriber record a request's details belong to, so that nothing is typed twice or overwritten."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.db.models import Model
from django.utils import timezone

from pa_portal.accounts.models import Role, User
from pa_portal.submissions.models import Patient, Prescriber, Request

P = TypeVar("P", Patient, Prescriber)


def same_patient(patient: Patient) -> Patient | None:
    """Return another record of the organization with the same plan, member ID, date of birth and name, if any."""
    return (
        Patient.objects.filter(
            organization_id=patient.organization_id,
            plan_id=patient.plan_id,
            member_id__iexact=patient.member_id,
            date_of_birth=patient.date_of_birth,
            first_name__iexact=patient.first_name,
            last_name__iexact=patient.last_name,
        )
        .exclude(pk=patient.pk)
        .first()
    )


def same_prescriber(prescriber: Prescriber) -> Prescriber | None:
    """Return another profile of the organization with the same NPI, if there is one."""
    return (
        Prescriber.objects.filter(organization_id=prescriber.organization_id, npi=prescriber.npi)
        .exclude(pk=prescriber.pk)
        .first()
    )


def settle(proposed: P, current: P | None, same: P | None, *, request: Request, identity: frozenset[str]) -> P:
    """Return the saved record that ``proposed`` describes.

    The matching record if there is one, with what it lacked or what changed; else ``current``, the one the request has
    now, unless who it is about (``identity``) changed and another request uses it too, other than the one that
    ``request`` corrects; else a new one. The caller holds the organization's lock, so that nobody else creates the same
    record meanwhile.
    """
    if same is not None:
        # Blanks typed for somebody already known do not erase what is known.
        return _update(same, proposed, [name for name in _changed(proposed, same) if getattr(proposed, name) != ""])
    if current is not None:
        changed = _changed(proposed, current)
        own = [key for key in (request.pk, request.corrects_id) if key]
        if identity.isdisjoint(changed) or not current.requests.exclude(pk__in=own).exists():
            return _update(current, proposed, changed)
    return store(proposed, None)


def store(proposed: P, current: P | None) -> P:
    """Return the saved record that ``proposed`` describes: ``current`` brought up to date, or a new one."""
    if current is not None:
        return _update(current, proposed, _changed(proposed, current))
    proposed.pk = uuid.uuid4()
    proposed.save(force_insert=True)
    return proposed


def link(prescriber: Prescriber, user: User, *, whatever_the_name: bool = False) -> None:
    """Make this the profile of a prescriber who signs in, unless it is somebody's or they have one.

    Unless told otherwise, only when the names are the same: prescribers fill in requests for colleagues, too.
    """
    named_alike = (prescriber.first_name.casefold(), prescriber.last_name.casefold()) == (
        user.first_name.casefold(),
        user.last_name.casefold(),
    )
    if (
        user.role == Role.PRESCRIBER
        and prescriber.user_id is None
        and (named_alike or whatever_the_name)
        and not Prescriber.objects.filter(user=user).exists()
    ):
        prescriber.user = user
        prescriber.save(update_fields=["user"])


# What an update leaves alone.
_KEPT = frozenset({"id", "created_at", "updated_at", "user"})


def _changed(proposed: Model, target: Model) -> list[str]:
    return [
        field.name
        for field in target._meta.concrete_fields
        if field.name not in _KEPT and getattr(proposed, field.attname) != getattr(target, field.attname)
    ]


def _update(target: P, proposed: P, changed: list[str]) -> P:
    for name in changed:
        setattr(target, name, getattr(proposed, name))
    if changed:
        target.updated_at = timezone.now()
        target.save(update_fields=[*changed, "updated_at"])
    return target
