"""A practice, a plan, a prescriber, and a hand that fills the wizard in as a browser without scripts would."""

from __future__ import annotations

from typing import Any

import pytest

from pa_portal.accounts.models import Organization, Role, User
from tests.intake.wizard import PASSWORD, Wizard


@pytest.fixture
def plan(db: None) -> Organization:
    return Organization.objects.create(name="Harbor Health Plan", kind=Organization.Kind.PLAN)


@pytest.fixture
def practice(db: None) -> Organization:
    return Organization.objects.create(
        name="James River Oncology",
        kind=Organization.Kind.PROVIDER,
        phone="804-555-0100",
        address_line1="12 Canal Street",
        city="Richmond",
        state="VA",
        postal_code="23219",
    )


@pytest.fixture
def prescriber(practice: Organization, plan: Organization) -> User:
    return _user(practice, "ana.silva@example.org", first_name="Ana", last_name="Silva", credentials="MD")


@pytest.fixture
def colleague(practice: Organization) -> User:
    return _user(practice, "bo.chen@example.org", first_name="Bo", last_name="Chen")


@pytest.fixture
def staff(practice: Organization) -> User:
    """A member of the practice who fills in and never signs."""
    return _user(practice, "kim.roy@example.org", role=Role.STAFF, first_name="Kim", last_name="Roy")


@pytest.fixture
def stranger(db: None) -> User:
    other = Organization.objects.create(name="Another Practice", kind=Organization.Kind.PROVIDER)
    return _user(other, "eve@example.net", first_name="Eve", last_name="Moss")


@pytest.fixture
def reviewer(plan: Organization) -> User:
    return _user(plan, "rae.ito@example.com", role=Role.REVIEWER, first_name="Rae", last_name="Ito")


@pytest.fixture
def director(plan: Organization) -> User:
    """Signs denials at the plan."""
    return _user(plan, "omar.diallo@example.com", role=Role.DIRECTOR, first_name="Omar", last_name="Diallo")


@pytest.fixture
def wizard(client: Any, prescriber: User) -> Wizard:
    """A new draft of the prescriber's, with nothing in it."""
    client.force_login(prescriber)
    return Wizard.start(client)


@pytest.fixture
def clinical(wizard: Wizard) -> Wizard:
    """A draft whose administrative pages are done."""
    return wizard.fill_details()


def _user(organization: Organization, email: str, *, role: str = Role.PRESCRIBER, **names: str) -> User:
    user = User(email=email, organization=organization, role=role, **names)
    user.set_password(PASSWORD)
    user.save()
    return user
