"""Patients and prescribers, as one provider organization knows them."""

from __future__ import annotations

import datetime

from django.db.models import Q, QuerySet

from pa_portal.accounts.models import PROVIDERS, User
from pa_portal.submissions.models import Patient, Prescriber

_DATES = ("%m/%d/%Y", "%m-%d-%Y", "%Y-%m-%d")


def patients_for(user: User, search: str = "") -> QuerySet[Patient]:
    """Return the patients of a provider's organization, by name.

    ``search`` narrows them: each word must be in a name or the member ID, or be the date of birth ("02/29/1968",
    "2-29-1968", "1968-02-29").
    """
    found = Patient.objects.filter(organization_id=user.organization_id).select_related("plan")
    if user.role not in PROVIDERS or not user.is_active:
        return found.none()
    # What Postgres cannot hold is in nobody's name.
    for word in search.replace("\x00", " ").encode("utf-8", "replace").decode().split():
        matches = Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(member_id__icontains=word)
        born = _date(word)
        found = found.filter(matches | Q(date_of_birth=born) if born else matches)
    return found.order_by("last_name", "first_name", "id")


def _date(word: str) -> datetime.date | None:
    """Return the date that a word of a search is, if it is one."""
    for form in _DATES:
        try:
            return datetime.datetime.strptime(word, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def prescribers_for(user: User) -> QuerySet[Prescriber]:
    """Return the prescriber profiles of a provider's organization, by name."""
    found = Prescriber.objects.filter(organization_id=user.organization_id)
    if user.role not in PROVIDERS or not user.is_active:
        return found.none()
    return found.order_by("last_name", "first_name", "id")


def profile_of(user: User) -> Prescriber | None:
    """Return a prescriber's own profile, if they have one."""
    return prescribers_for(user).filter(user=user).first()
