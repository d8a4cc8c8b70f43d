"""Staff fill in and hand over; a prescriber signs, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from pa_portal.submissions import queries
from pa_portal.submissions.attestation import MEANING
from tests.intake.wizard import CASES, Wizard


@pytest.fixture
def by_staff(staff: Any, plan: Any) -> Wizard:
    """A draft that a member of staff has filled in."""
    client = Client()
    client.force_login(staff)
    wizard = Wizard.start(client).fill_details()
    wizard.answer(CASES["tnbc_subsequent"])
    return wizard


def signing(wizard: Wizard, prescriber: Any) -> Wizard:
    client = Client()
    client.force_login(prescriber)
    return Wizard(client, wizard.id)


def test_staff_hand_a_draft_over_and_the_prescriber_signs_it(by_staff: Wizard, prescriber: Any, staff: Any) -> None:
    seen = by_staff.get("check/")
    assert "Mark ready for signature" in seen.text
    assert "Sign and submit" not in seen.text
    assert by_staff.client.post(by_staff.url("ready/"), seen.values).status_code == 303
    assert "Waiting for a signature" in by_staff.get("/requests/").text
    theirs = signing(by_staff, prescriber)
    dashboard = theirs.get("/requests/")
    assert "Ready to sign" in dashboard.text
    assert "Made ready by Kim Roy" in dashboard.text
    assert dashboard.text.index("Ready to sign") < dashboard.text.index("Drafts")
    check = theirs.get("check/")
    assert MEANING in " ".join(check.text.replace("&#x27;", "'").split())
    assert "Kim Roy marked this ready to sign" in check.text
    assert theirs.post("check/", {}).status_code == 303
    content = queries.submission_of(queries.request_for(prescriber, by_staff.id)).content
    assert content["attestation"]["signed_by"]["name"] == "Ana Silva, MD"
    assert content["attestation"]["prepared_by"]["name"] == "Kim Roy"


def test_staff_never_sign(by_staff: Wizard, staff: Any) -> None:
    seen = by_staff.read(by_staff.post("check/", {}))
    assert seen.status == 409
    assert "Your role does not allow this" in seen.text
    assert queries.request_for(staff, by_staff.id).state == "draft"


def test_a_change_takes_the_hand_over_back(by_staff: Wizard, prescriber: Any) -> None:
    by_staff.client.post(by_staff.url("ready/"), by_staff.get("check/").values)
    assert "marked this ready" in by_staff.get("check/").text
    by_staff.post("details/treatment/", {"weight_kg": "71"})
    assert "marked this ready" not in by_staff.get("check/").text
    assert "Ready to sign" not in signing(by_staff, prescriber).get("/requests/").text


def test_a_stale_page_hands_nothing_over(by_staff: Wizard) -> None:
    stale = by_staff.get("check/").values
    by_staff.post("details/treatment/", {"weight_kg": "71"})
    seen = by_staff.read(by_staff.client.post(by_staff.url("ready/"), stale))
    assert seen.status == 409
    assert "changed in another tab" in seen.text


def test_an_incomplete_draft_is_led_to_what_is_missing(staff: Any, plan: Any) -> None:
    client = Client()
    client.force_login(staff)
    wizard = Wizard.start(client).fill_details()
    response = client.post(wizard.url("ready/"), {"version": "6"})
    assert response["Location"] == wizard.url("questions/hypersensitivity/")


def test_what_a_prescriber_alone_may_do_is_not_offered_to_staff(by_staff: Wizard, prescriber: Any) -> None:
    signing(by_staff, prescriber).post("check/", {})
    seen = by_staff.get()
    assert "Withdraw this request" not in seen.text
    assert by_staff.client.get(by_staff.url("appeal/")).status_code == 404
    refused = by_staff.post("withdraw/", {})
    assert refused.status_code == 409
    assert "Withdraw this request" in signing(by_staff, prescriber).get().text
