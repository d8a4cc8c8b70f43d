"""Who saw or changed what, for a plan's privacy officer: of which patients and people, and in which words."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils import timezone

from pa_portal.accounts.models import Organization, User
from pa_portal.audit.models import Trace
from pa_portal.audit.reporting import About, OfficersLook, everything_about, officers_looks
from pa_portal.submissions.models import Patient, Request
from pa_portal.submissions.queries.scope import visible_to

PAGE = 50
STRETCH = 2_000
MOST_FOUND = 20

# Which part of the portal an address belongs to. What is missing here is shown by its name alone.
PLACES = {
    "intake": "Requests, the practice’s side",
    "admin": "Review",
    "correspondence": "Letters",
    "reports": "Reports",
    "plan": "Plan settings",
    "people": "People",
}


def patients(user: User) -> QuerySet[Patient]:
    """Return the patients of the requests that this person may see."""
    return Patient.objects.filter(pk__in=visible_to(user).values("patient_id")).select_related("organization")


def find(user: User, words: str) -> list[Patient]:
    """Return the first of those whose name or member ID holds every word, one more than are shown."""
    found = patients(user)
    for word in words.split():
        found = found.filter(
            Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(member_id__icontains=word)
        )
    return list(found.order_by("last_name", "first_name", "id")[: MOST_FOUND + 1])


@dataclass(frozen=True, slots=True)
class Line:
    """One look as the page shows it."""

    id: int
    at: datetime.datetime
    who: str
    organization: str
    what: str
    of: str
    origin: str
    place: str
    page: str


@dataclass(frozen=True, slots=True)
class Report:
    """What is on record about a patient (``about``) or by a person (``who``) from one day to another, both included."""

    user: User
    start: datetime.date
    end: datetime.date
    about: About | None = None
    who: uuid.UUID | None = None

    def page(self, before: int | None, most: int = PAGE) -> list[OfficersLook]:
        """Return so many, newest first, from where another page ended."""
        others = Organization.objects.filter(pk__in=visible_to(self.user).values("organization_id"))
        return officers_looks(
            about=self.about,
            who=self.who,
            practices=list(others.values_list("pk", flat=True)) if self.about else [],
            start=_midnight(self.start),
            end=_midnight(self.end + datetime.timedelta(days=1)),
            before=before,
            most=most,
        )

    def all(self) -> Iterator[OfficersLook]:
        """Yield all of it, newest first, a stretch at a time."""
        before = None
        while found := self.page(before, STRETCH):
            yield from found
            before = found[-1].id


def about_patient(user: User, patient: Patient, start: datetime.date, end: datetime.date) -> Report:
    """Return the report about a patient and whatever hangs on their requests, as far as this person may see those."""
    seen: list[Request] = list(visible_to(user).filter(patient=patient))
    found = everything_about(*seen)
    return Report(user, start, end, about=found._replace(ids=[patient.pk, *found.ids]))


def about_person(user: User, person: User, start: datetime.date, end: datetime.date) -> Report:
    """Return the report of what a person of the same organization saw and changed."""
    return Report(user, start, end, who=person.pk)


def line(look: OfficersLook) -> Line:
    """Return a look in the page's words."""
    method, _, name = look.page.rpartition(" ")
    where = name.partition(":")[0]
    return Line(
        id=look.id,
        at=look.at,
        who=look.person or _nameless(look),
        organization=look.organization,
        what=what(look),
        of=thing(look),
        origin=look.ip or (f"Database login {look.login}" if look.login else ""),
        place=PLACES.get(where, "") if method else "",
        page=look.page,
    )


def _nameless(look: OfficersLook) -> str:
    """Say why there is no name: another organization's people have none here; jobs and database logins never have."""
    theirs = look.organization and not look.own and not look.login
    return "Somebody there" if theirs else "Nobody signed in"


def what(look: OfficersLook) -> str:
    """Return what was done, in a word or two."""
    return "Act" if look.object_type == "audit_event" else Trace.What(look.what).label


def thing(look: OfficersLook) -> str:
    """Return how many of what it was done to: "3 letters". Empty for a page and for an act, which say it themselves."""
    model = next((one for one in apps.get_models() if one._meta.db_table == look.object_type), None)
    if model is None or look.object_type == "audit_event":
        return ""
    name = model._meta.verbose_name if look.rows == 1 else model._meta.verbose_name_plural
    return f"{look.rows:,} {name}"


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
