"""The practices that ask and the people who decide: invented like those of the demo, whose plan this is."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from criteria import npi
from pa_portal.accounts.actions import create_organization
from pa_portal.accounts.models import Organization, Role, User
from pa_portal.demo.people import PLAN_ID
from pa_portal.submissions.models import Prescriber

PRACTICES = (
    ("Allegheny Cancer Associates", "Pittsburgh", "PA", "15219"),
    ("Bayfront Oncology Group", "Norfolk", "VA", "23510"),
    ("Blue Heron Hematology", "Annapolis", "MD", "21401"),
    ("Capitol Hill Breast Center", "Washington", "DC", "20003"),
    ("Cedar Grove Oncology", "Raleigh", "NC", "27601"),
    ("Chesapeake Infusion Partners", "Chesapeake", "VA", "23320"),
    ("Dogwood Cancer Institute", "Charlotte", "NC", "28202"),
    ("Eastern Shore Oncology", "Salisbury", "MD", "21801"),
    ("Fairmount Medical Oncology", "Philadelphia", "PA", "19130"),
    ("Great Falls Cancer Care", "Reston", "VA", "20190"),
    ("Highland Women's Oncology", "Roanoke", "VA", "24016"),
    ("Jefferson Street Clinic", "Charlottesville", "VA", "22902"),
    ("Lakeside Hematology Oncology", "Durham", "NC", "27701"),
    ("Monument Cancer Specialists", "Baltimore", "MD", "21201"),
    ("New River Oncology", "Blacksburg", "VA", "24060"),
    ("Old Dominion Cancer Center", "Lynchburg", "VA", "24504"),
    ("Patapsco Oncology", "Columbia", "MD", "21044"),
    ("Rappahannock Cancer Care", "Fredericksburg", "VA", "22401"),
    ("Shenandoah Oncology Group", "Winchester", "VA", "22601"),
    ("Tidewater Breast Specialists", "Hampton", "VA", "23669"),
    ("Union Square Oncology", "Wilmington", "DE", "19801"),
    ("Vineyard Oncology Associates", "Williamsburg", "VA", "23185"),
)
_FIRST = (
    "Abena Adela Agnes Aisha Alma Amara Anneke Beatrix Bianca Bronwyn Camille Carmela Chiara Clara Daphne Delia Dina "
    "Edith Elena Esme Farah Flora Freya Gemma Greta Hana Helga Imogen Ines Iris Jana Joan Juno Kavita Lena Linnea "
    "Lucia Mabel Maren Mei Mina Nadia Naomi Noor Odile Opal Paloma Petra Priscilla Ramona Rhea Rosa Ruth Sabine Selma "
    "Sunniva Tamsin Tessa Uma Vera Willa Yara Yvette Zelda"
)
_LAST = (
    "Abernathy Achterberg Adeleke Alcott Andrade Ashworth Bakshi Barlow Beaumont Bergstrom Blackwood Boateng Calloway "
    "Cardenas Castaneda Chaudhry Corbin Dalgaard Delacroix Devereux Dunmore Ekwueme Ellison Escobar Fairweather "
    "Fontaine Galloway Ghosh Granger Haddad Hargrove Hidalgo Holloway Ingram Iwasaki Jaramillo Kensington Kowalczyk "
    "Lachance Langley Lindholm Lockhart Maddox Marchetti Mbatha Merriweather Nakagawa Nightingale Norwood Oduya "
    "Okoro Ostrander Pemberton Petrov Quimby Radcliffe Rasmussen Rowntree Salvatore Sandoval Sinclair Stavros "
    "Sundaram Tanaka Thackeray Underhill Valdez Vanterpool Villanueva Wainwright Whitlock Winslow Yamamoto Zielinski"
)
FIRST, LAST = tuple(_FIRST.split()), tuple(_LAST.split())
_REVIEWERS, _DIRECTORS, _PER_PRACTICE = 14, 3, 3


@dataclass(frozen=True, slots=True)
class Practice:
    """A provider organization: its prescribers with their profiles, and the staff who fill in for them."""

    organization: Organization
    prescribers: tuple[tuple[User, Prescriber], ...]
    staff: User


@dataclass(frozen=True, slots=True)
class People:
    """Everybody that requests are made of."""

    plan: Organization
    practices: tuple[Practice, ...]
    reviewers: tuple[User, ...]
    directors: tuple[User, ...]


def _id(*names: object) -> uuid.UUID:
    return uuid.uuid5(PLAN_ID, ":".join(map(str, names)))


@transaction.atomic
def ensure() -> People:
    """Return everybody, the same at every call; those who are missing are created, without a way to sign in.

    The demo's plan must be there.
    """
    if not Organization.objects.filter(pk=_id(PRACTICES[-1][0])).exists():
        _create()
    plan = Organization.objects.get(pk=PLAN_ID)
    organizations = Organization.objects.in_bulk([_id(name) for name, *_ in PRACTICES])
    users = {user.pk: user for user in User.objects.filter(organization__in=[plan, *organizations.values()])}
    profiles = {each.user_id: each for each in Prescriber.objects.filter(organization__in=organizations.values())}
    practices = []
    for name, *_ in PRACTICES:
        prescribers = [users[_id(name, number)] for number in range(_PER_PRACTICE)]
        practices.append(
            Practice(
                organizations[_id(name)],
                tuple((user, profiles[user.pk]) for user in prescribers),
                users[_id(name, "staff")],
            )
        )
    return People(
        plan,
        tuple(practices),
        tuple(users[_id("reviewer", number)] for number in range(_REVIEWERS)),
        tuple(users[_id("director", number)] for number in range(_DIRECTORS)),
    )


def _create() -> None:
    plan, dice = Organization.objects.get(pk=PLAN_ID), random.Random("people")
    users: list[User] = []
    profiles: list[Prescriber] = []

    def person(id: uuid.UUID, organization: Organization, role: str, domain: str, **details: str) -> User:
        first, last = dice.choice(FIRST), dice.choice(LAST)
        user = User(
            id=id,
            organization=organization,
            role=role,
            email=f"{first}.{last}.{len(users)}@{domain}.example".lower(),
            first_name=first,
            last_name=last,
            password=make_password(None),
            **details,
        )
        users.append(user)
        return user

    for number, (name, city, state, postal_code) in enumerate(PRACTICES):
        place = {"address_line1": f"{110 + 40 * number} Market Street", "city": city, "state": state}
        contact = {"phone": f"804-555-{1000 + number}", "fax": f"804-555-{2000 + number}", "postal_code": postal_code}
        organization = create_organization(
            by=None,
            id=_id(name),
            kind=Organization.Kind.PROVIDER,
            name=name,
            npi=_npi(17 * 10**7 + number),
            **place,
            **contact,
        )
        domain = name.lower().replace(" ", "-").replace("'", "")
        for place_in in range(_PER_PRACTICE):
            user = person(_id(name, place_in), organization, Role.PRESCRIBER, domain, credentials="MD")
            profiles.append(
                Prescriber(
                    id=_id(name, place_in, "profile"),
                    organization=organization,
                    user=user,
                    first_name=user.first_name,
                    last_name=user.last_name,
                    credentials=user.credentials,
                    npi=_npi(15 * 10**7 + _PER_PRACTICE * number + place_in),
                    specialty="Medical oncology",
                    **place,
                    **contact,
                )
            )
        person(_id(name, "staff"), organization, Role.STAFF, domain, title="Prior authorization coordinator")
    for number in range(_REVIEWERS):
        person(
            _id("reviewer", number), plan, Role.REVIEWER, "piedmont", credentials="PharmD", title="Clinical pharmacist"
        )
    for number in range(_DIRECTORS):
        person(_id("director", number), plan, Role.DIRECTOR, "piedmont", credentials="MD", title="Medical director")
    User.objects.bulk_create(users)
    Prescriber.objects.bulk_create(profiles)


def _npi(number: int) -> str:
    """Return the NPI of these nine digits: with the check digit that goes with them."""
    return next(text for digit in range(10) if npi.valid(text := f"{number:09d}{digit}"))
