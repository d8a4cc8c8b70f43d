"""Two provider organizations and two plans, with people in every role."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import make_password

from pa_portal.accounts.models import Organization, User
from tests.records.making import PASSWORD

ORGANIZATIONS = {
    "clinic": Organization(kind="provider", name="Riverbend Oncology", phone="804-555-0170"),
    "other_clinic": Organization(kind="provider", name="Harbor Light"),
    "plan": Organization(
        kind="plan",
        name="Piedmont Mutual",
        address_line1="1 Main Street",
        city="Richmond",
        state="VA",
        postal_code="23219",
        phone="804-555-0100",
        appeals_address="PO Box 1\nRichmond, VA 23220",
    ),
    "other_plan": Organization(kind="plan", name="Blue Ridge Health"),
}
PEOPLE = {
    "prescriber": ("Ana", "clinic", "prescriber"),
    "colleague": ("Ben", "clinic", "prescriber"),
    "staff": ("Jo", "clinic", "staff"),
    "other_prescriber": ("Cleo", "other_clinic", "prescriber"),
    "other_staff": ("Kit", "other_clinic", "staff"),
    "reviewer": ("Dora", "plan", "reviewer"),
    "second_reviewer": ("Eli", "plan", "reviewer"),
    "director": ("Lou", "plan", "director"),
    "other_reviewer": ("Fay", "other_plan", "reviewer"),
    "other_director": ("Max", "other_plan", "director"),
    "manager": ("Gil", "plan", "manager"),
    "clinic_manager": ("Hal", "clinic", "manager"),
    "other_manager": ("Ivy", "other_plan", "manager"),
}


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return build_world()


def build_world() -> SimpleNamespace:
    """In two statements, since nearly every test starts here; `test_accounts` has the actions."""
    Organization.objects.bulk_create(ORGANIZATIONS.values())
    password = make_password(PASSWORD)
    people = {
        name: User(
            organization=ORGANIZATIONS[organization],
            role=role,
            email=f"{first.lower()}@portal.example",
            password=password,
            first_name=first,
            last_name="Testcase",
        )
        for name, (first, organization, role) in PEOPLE.items()
    }
    User.objects.bulk_create(people.values())
    return SimpleNamespace(**ORGANIZATIONS, **people)
