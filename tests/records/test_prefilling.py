"""Nothing typed twice: profiles, known patients, and finding them."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from pa_portal.submissions import actions, queries
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Patient, Prescriber
from tests.records.making import PRESCRIBER, draft

PROFILE = {"npi": PRESCRIBER["npi"], "phone": "804-555-0170", "fax": "804-555-0171"}
ANOTHER_NPI = "1234567893"


def test_a_profile_fills_in_the_next_request(world: SimpleNamespace) -> None:
    profile = actions.save_profile(by=world.prescriber, data=PROFILE)
    assert (profile.full_name, profile.user) == ("Ana Testcase", world.prescriber)
    assert queries.profile_of(world.prescriber) == profile
    assert actions.start_draft(by=world.prescriber).prescriber == profile
    assert actions.start_draft(by=world.colleague).prescriber is None
    assert actions.start_draft(by=world.staff).prescriber is None


def test_a_profile_is_brought_up_to_date(world: SimpleNamespace) -> None:
    actions.save_profile(by=world.prescriber, data=PROFILE)
    changed = actions.save_profile(by=world.prescriber, data={"npi": ANOTHER_NPI, "credentials": "MD"})
    stored = Prescriber.objects.get()
    assert (stored.npi, stored.full_name, stored.fax) == (ANOTHER_NPI, "Ana Testcase, MD", "804-555-0171")
    assert changed == stored


def test_a_profile_that_staff_typed_becomes_the_prescribers_own(world: SimpleNamespace) -> None:
    typed = draft(world, by=world.staff).prescriber
    assert typed.user is None
    profile = actions.save_profile(by=world.prescriber, data=PROFILE)
    assert (profile.pk, profile.user, profile.first_name) == (typed.pk, world.prescriber, "Ana")


def test_typing_oneself_into_a_request_makes_it_ones_profile(world: SimpleNamespace) -> None:
    request = actions.start_draft(by=world.prescriber)
    own = {**PRESCRIBER, "first_name": "ANA", "last_name": "testcase"}
    actions.save_prescriber(by=world.prescriber, request_id=request.pk, version=1, data=own)
    assert queries.profile_of(world.prescriber).npi == PRESCRIBER["npi"]
    request = actions.start_draft(by=world.colleague)
    actions.save_prescriber(
        by=world.colleague, request_id=request.pk, version=1, data={**PRESCRIBER, "npi": ANOTHER_NPI}
    )
    assert queries.profile_of(world.colleague) is None


@pytest.mark.parametrize("name", ["staff", "reviewer", "director", "manager", "clinic_manager"])
def test_only_a_prescriber_has_a_profile(world: SimpleNamespace, name: str) -> None:
    with pytest.raises(NotAllowed):
        actions.save_profile(by=getattr(world, name), data=PROFILE)
    assert queries.profile_of(getattr(world, name)) is None


@pytest.mark.parametrize(
    ("data", "at_fault"),
    [
        ({}, {"npi", "phone"}),
        ({**PROFILE, "npi": "1529483714"}, {"npi"}),
        ({**PROFILE, "phone": "call me"}, {"phone"}),
        ({**PROFILE, "first_name": " "}, {"first_name"}),
        ({**PROFILE, "npi": ANOTHER_NPI}, {"npi"}),
    ],
)
def test_a_profile_that_cannot_be(world: SimpleNamespace, data, at_fault) -> None:
    actions.save_profile(by=world.colleague, data={**PROFILE, "npi": ANOTHER_NPI})
    with pytest.raises(ValidationError) as told:
        actions.save_profile(by=world.prescriber, data=data)
    assert set(told.value.message_dict) == at_fault
    assert Prescriber.objects.count() == 1


def test_a_known_patient_starts_a_request(world: SimpleNamespace) -> None:
    earlier = draft(world)
    request = actions.start_draft(by=world.staff, patient_id=earlier.patient_id)
    assert (request.patient, request.plan, request.prescriber) == (earlier.patient, world.plan, earlier.prescriber)
    assert (request.diagnosis_code, request.height_cm) == ("C50.911", Decimal("163"))
    assert (request.weight_kg, request.answers, request.requested_start_date) == (None, {}, None)
    for by in (world.other_prescriber, world.other_staff):
        with pytest.raises(Patient.DoesNotExist):
            actions.start_draft(by=by, patient_id=earlier.patient_id)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("02/29/1968", True),
        ("2-29-1968", True),
        ("1968-02-29", True),
        ("quintana 02/29/1968", True),
        ("quintana 02/28/1968", False),
        ("02/30/1968", False),
        ("29/02/1968", False),
        ("1968", False),
        ("PMH1001 marisol", True),
        ("9" * 5000, False),
        ("1/1/" + "9" * 5000, False),
    ],
)
def test_finding_a_patient(world: SimpleNamespace, search: str, found: bool) -> None:
    draft(world)
    assert queries.patients_for(world.staff, search).exists() is found
    assert not queries.patients_for(world.other_staff, search).exists()
