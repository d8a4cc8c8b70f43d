"""Reads about organizations and the people in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from pa_portal.accounts.models import Organization, User


def plans() -> QuerySet[Organization]:
    """Return every health plan, by name: what a patient's plan is chosen from."""
    return Organization.objects.filter(kind=Organization.Kind.PLAN).order_by("name")


def organization_called(name: str) -> Organization:
    """Return the organization with this name or id. Raises Organization.DoesNotExist also for more than one."""
    try:
        id = Organization._meta.pk.to_python(name)
    except ValidationError:
        id = None
    found = list(Organization.objects.filter(Q(name__iexact=name) | Q(pk=id))[:2])
    if len(found) != 1:
        raise Organization.DoesNotExist
    return found[0]


def everybody() -> QuerySet[User]:
    """Return every account, by organization and name: for whoever runs the portal, not for any page."""
    return User.objects.order_by("organization__name", "last_name", "first_name", "email")


def people_of(user: User) -> QuerySet[User]:
    """Return everybody of this person's organization by name, whether or not they may sign in."""
    return User.objects.filter(organization_id=user.organization_id).order_by("last_name", "first_name", "email")


def factors_of(people: Iterable[User]) -> dict[uuid.UUID, list[str]]:
    """Return the kinds of second factor of each of these people: "totp", "webauthn". Recovery codes are none."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    found: dict[uuid.UUID, list[str]] = {person.pk: [] for person in people}
    rows = Authenticator.objects.filter(user__in=found, type__in=kinds).order_by("type").distinct()
    for owner, kind in rows.values_list("user_id", "type"):
        found[owner].append(kind)
    return found


def has_factors(person: User) -> bool:
    """Whether there is any second factor of this person's, recovery codes included."""
    return Authenticator.objects.filter(user=person).exists()
