"""Known patients and prescribers fill in the next request; what Medicare means is said, and recorded."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from criteria import catalog
from pa_portal.accounts.models import Organization
from pa_portal.submissions import queries
from tests.intake.wizard import CASES, PATIENT, PRESCRIBER, Wizard

POLICY = catalog.latest("IC-0072")
VIRGINIA = {**PATIENT, "line_of_business": "medicare"}
ELSEWHERE = {**VIRGINIA, "state": "MD", "city": "Baltimore", "postal_code": "21230"}


@pytest.fixture(autouse=True)
def no_list_from_before() -> None:
    caches["pages"].clear()


@pytest.fixture
def known(clinical: Wizard) -> Wizard:
    """A new draft of a practice that has asked for Maria Okafor before."""
    return Wizard.start(clinical.client)


def cards(seen: Any) -> list[str]:
    return re.findall(r"<h3>\s*(.*?)\s*</h3>", seen.text)


@pytest.mark.parametrize("search", ["okaf", "Maria Okafor", "hhp-20931", "03/14/1961", "1961-03-14"])
@pytest.mark.parametrize("place", ["details/patient/find/", "/requests/patients/"])
def test_a_patient_is_found_by_name_member_id_or_date_of_birth(known: Wizard, place: str, search: str) -> None:
    path = place if place.startswith("/") else known.url(place)
    seen = known.read(known.client.post(path, {"search": search}))
    assert cards(seen) == ["Maria Okafor"]
    assert search not in seen.path
    assert "Born 03/14/1961" in seen.text


@pytest.mark.parametrize("search", ["nobody", "%", "_", "\\", "a\x00b", "🙂", "x" * 5000, "<script>alert(1)</script>"])
def test_a_search_that_finds_nobody_says_so(known: Wizard, search: str) -> None:
    seen = known.read(known.client.post("/requests/patients/", {"search": search}))
    assert seen.status == 200
    assert cards(seen) == []
    assert "Nobody in your practice’s records matches." in seen.text
    assert "<script>alert" not in seen.text


@pytest.mark.parametrize("search", ["", "  ", "\x00"])
def test_an_empty_search_lists_nobody(known: Wizard, search: str) -> None:
    seen = known.read(known.client.post("/requests/patients/", {"search": search}))
    assert seen.status == 200
    assert cards(seen) == []


def test_nobody_finds_another_practices_patients(known: Wizard, prescriber: Any, stranger: Any) -> None:
    patient = queries.patients_for(prescriber).get()
    theirs = Client()
    theirs.force_login(stranger)
    assert cards(known.read(theirs.post("/requests/patients/", {"search": "Okafor"}))) == []
    assert theirs.get(known.url("details/patient/find/")).status_code == 404
    own = Wizard.start(theirs)
    assert theirs.post(own.url("details/patient/use/"), {"patient": patient.id, "version": 1}).status_code == 404
    assert theirs.post("/requests/new/", {"patient": patient.id}).status_code == 404


def test_a_known_patient_is_taken_into_a_draft_and_shown_to_be_checked(known: Wizard, prescriber: Any) -> None:
    found = known.read(known.client.post(known.url("details/patient/find/"), {"search": "Okafor"}))
    response = known.client.post(known.url("details/patient/use/"), found.values)
    assert response.status_code == 303
    seen = known.get(response["Location"])
    assert seen.values["member_id"] == ["HHP-20931"]
    assert queries.request_for(prescriber, known.id).patient.full_name == "Maria Okafor"
    wrong = known.client.post(known.url("details/patient/use/"), {**found.values, "patient": known.id})
    assert wrong.status_code == 404


def test_a_request_for_a_known_patient_starts_with_what_is_known(known: Wizard, prescriber: Any) -> None:
    found = known.read(known.client.post("/requests/patients/", {"search": "Okafor"}))
    response = known.client.post("/requests/new/", found.values)
    draft = queries.request_for(prescriber, response["Location"].split("/")[2])
    assert draft.patient.full_name == "Maria Okafor"
    assert draft.prescriber.npi == PRESCRIBER["npi"]
    assert draft.diagnosis_code == "C50.911"
    assert draft.weight_kg is None
    assert known.client.post("/requests/new/", {"patient": known.id}).status_code == 404


def test_a_prescriber_of_the_practice_is_picked(known: Wizard, staff: Any, prescriber: Any) -> None:
    client = Client()
    client.force_login(staff)
    theirs = Wizard.start(client)
    seen = theirs.get("details/prescriber/")
    (choice,) = re.findall(r'<option value="([0-9a-f-]{36})">Ana Silva, MD, NPI 1234567893</option>', seen.text)
    version = seen.values["version"][0]
    response = client.post(theirs.url("details/prescriber/use/"), {"prescriber": choice, "version": version})
    assert response.status_code == 303
    assert theirs.get("details/prescriber/").values["npi"] == [PRESCRIBER["npi"]]
    assert queries.request_for(prescriber, theirs.id).prescriber.npi == PRESCRIBER["npi"]
    assert (
        client.post(theirs.url("details/prescriber/use/"), {"prescriber": theirs.id, "version": 2}).status_code == 404
    )


def test_a_profile_fills_in_the_next_request(client: Any, prescriber: Any, staff: Any, plan: Organization) -> None:
    client.force_login(prescriber)
    empty = client.post("/requests/profile/", {"npi": "1234567890"})
    assert empty.status_code == 422
    assert "check digit" in empty.content.decode()
    assert client.post("/requests/profile/", PRESCRIBER).status_code == 303
    assert queries.profile_of(prescriber).npi == PRESCRIBER["npi"]
    draft = Wizard.start(client)
    assert draft.get("details/prescriber/").values["phone"] == [PRESCRIBER["phone"]]
    client.force_login(staff)
    assert client.get("/requests/profile/").status_code == 404


def test_a_medicare_member_is_told_whose_rules_apply(wizard: Wizard, prescriber: Any) -> None:
    response = wizard.post("details/patient/", ELSEWHERE)
    assert response["Location"] == wizard.url("details/patient/"), "nobody goes past it unseen"
    seen = wizard.get(response["Location"])
    assert POLICY.medicare.note in seen.text
    assert "Novitas Solutions, Inc." in seen.text
    assert "jurisdiction L (12)" in seen.text
    assert wizard.post("details/patient/", {})["Location"] == wizard.url("details/prescriber/")


def test_in_virginia_the_county_or_city_is_asked_for_and_recorded(wizard: Wizard, prescriber: Any) -> None:
    seen = wizard.read(wizard.post("details/patient/", VIRGINIA))
    assert seen.status == 422
    assert seen.errors == [("Choose the county or city where the patient lives.", "id_locality")]
    text = " ".join(seen.text.split())
    assert "Arlington County: Novitas Solutions, Inc." in text
    assert "Another county or city: Palmetto GBA" in text
    data = {**seen.values, "locality": "Fairfax County"}
    assert wizard.client.post(seen.path, data)["Location"] == wizard.url("details/prescriber/")
    assert queries.request_for(prescriber, wizard.id).patient.locality == "Fairfax County"
    wizard.fill_details(patient={"line_of_business": "medicare"})
    check = wizard.answer(CASES["tnbc_subsequent"])
    assert "Fairfax County" in check.text
    assert "Novitas Solutions, Inc." in check.text
    assert wizard.post("check/", {}).status_code == 303
    content = queries.submission_of(queries.request_for(prescriber, wizard.id)).content
    assert content["medicare"]["contractor"] == "Novitas Solutions, Inc."
    assert "Medicare contractor" in wizard.get().text


def test_other_members_are_asked_nothing_of_it(wizard: Wizard, prescriber: Any) -> None:
    wizard.read(wizard.post("details/patient/", {**VIRGINIA, "locality": "Fairfax County"}))
    response = wizard.post("details/patient/", PATIENT)
    assert response["Location"] == wizard.url("details/prescriber/")
    seen = wizard.get("details/patient/")
    assert "Medicare member" not in seen.text
    assert "locality" not in seen.fields
    assert queries.request_for(prescriber, wizard.id).patient.locality == ""


def test_the_note_appears_as_medicare_is_chosen(wizard: Wizard) -> None:
    ask = wizard.url("helpers/medicare/")
    shown = wizard.client.post(ask, {"line_of_business": "medicare", "state": "VA"}).content.decode()
    assert 'name="locality"' in shown
    assert 'name="medicare_seen"' in shown
    assert "Palmetto GBA" in wizard.client.post(ask, {"line_of_business": "medicare", "state": "TN"}).content.decode()
    assert wizard.client.post(ask, {"line_of_business": "commercial", "state": "VA"}).content.strip() == b""


def test_the_deadline_shows_where_urgency_is_chosen(clinical: Wizard) -> None:
    seen = clinical.get("details/timing/")
    text = " ".join(seen.text.split())
    assert "When Harbor Health Plan owes a decision" in text
    assert re.search(r"<dt>Standard</dt> <dd> 7 days </dd>", text)
    assert re.search(r"<dt>Expedited</dt> <dd> 72 hours </dd>", text)
    assert "If you sent it now: standard by" in text
    clinical.post("details/patient/", {**ELSEWHERE, "medicare_seen": "1"})
    text = " ".join(clinical.get("details/timing/").text.split())
    assert re.search(r"<dt>Standard</dt> <dd> 72 hours </dd>", text)
    assert re.search(r"<dt>Expedited</dt> <dd> 24 hours </dd>", text)
