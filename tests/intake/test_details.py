"""The administrative pages: check digits, covered codes, dose and dates."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from pa_portal.accounts.models import Organization
from pa_portal.submissions import queries
from tests.intake.wizard import PATIENT, PRESCRIBER, TREATMENT, Wizard, timing


def draft_of(wizard: Wizard, user: Any) -> Any:
    return queries.request_for(user, wizard.id)


@pytest.mark.parametrize(
    ("npi", "message"),
    [
        ("1234567890", "check digit"),
        ("123456789", "10 digits"),
        ("12345 67893", "10 characters"),
        ("9234567893", "begins with 1 or 2"),
        ("", "Enter the prescriber’s NPI."),
    ],
)
def test_an_npi_is_held_to_its_check_digit(wizard: Wizard, npi: str, message: str) -> None:
    seen = wizard.read(wizard.post("details/prescriber/", {**PRESCRIBER, "npi": npi}))
    assert seen.status == 422
    assert [message in text for text, target in seen.errors if target == "id_npi"] == [True]
    assert seen.values["npi"] == [npi]


def test_the_practice_s_own_address_is_offered_for_the_prescriber(wizard: Wizard) -> None:
    values = wizard.get("details/prescriber/").values
    assert values["address_line1"] == ["12 Canal Street"]
    assert values["phone"] == ["804-555-0100"]
    assert values["npi"] == [""]


@pytest.mark.parametrize("typed", ["C50.911", "c50911", " c50.911 ", "C50911"])
def test_a_covered_code_is_taken_as_it_is_usually_typed(wizard: Wizard, prescriber: Any, typed: str) -> None:
    assert wizard.post("details/diagnosis/", {"diagnosis_code": typed}).status_code == 303
    assert draft_of(wizard, prescriber).diagnosis_code == "C50.911"


def test_words_search_the_covered_codes(wizard: Wizard, prescriber: Any) -> None:
    seen = wizard.read(wizard.post("details/diagnosis/", {"diagnosis_code": "upper outer left male"}))
    assert seen.status == 422
    found = [control["value"] for control in seen.page.controls if control.get("name") == "match"]
    assert found == ["C50.422"]
    response = wizard.client.post(seen.path, {**seen.values, "match": "C50.422"})
    assert response.status_code == 303
    assert draft_of(wizard, prescriber).diagnosis_code == "C50.422"


def test_male_does_not_find_female(wizard: Wizard) -> None:
    seen = wizard.read(wizard.post("details/diagnosis/", {"diagnosis_code": "axillary male"}))
    assert {c["value"] for c in seen.page.controls if c.get("name") == "match"} == {"C50.621", "C50.622", "C50.629"}


def test_a_code_that_is_not_covered_is_explained_and_goes_to_review_once_confirmed(
    wizard: Wizard, prescriber: Any
) -> None:
    seen = wizard.read(wizard.post("details/diagnosis/", {"diagnosis_code": "C34.90"}))
    assert seen.status == 422
    assert "C34.90 is not a covered diagnosis code" in seen.text
    assert "Appendix 1" in seen.text
    assert draft_of(wizard, prescriber).diagnosis_code == ""
    response = wizard.client.post(seen.path, {**seen.values, "not_covered_confirmed": "1"})
    assert response.status_code == 303
    assert draft_of(wizard, prescriber).diagnosis_code == "C34.90"


@pytest.mark.parametrize(
    ("height", "weight", "expected"),
    [
        ("165", "68", ["1.77 m²", "70.6 mg", "1 × 45 mg", "2 × 15 mg", "75"]),
        ("190", "120", ["2.52 m²", "88.0 mg", "2 × 45 mg", "90", "The cap applies."]),
        ("65 in", "150 lb", ["1.77 m²", "70.6 mg"]),
        ("1.65 m", "68 kg", ["70.6 mg"]),
    ],
)
def test_the_dose_is_worked_out_by_the_policy(wizard: Wizard, height: str, weight: str, expected: list[str]) -> None:
    response = wizard.post("details/treatment/", {"height_cm": height, "weight_kg": weight, "stay": "1"})
    seen = wizard.get(response["Location"])
    for figure in (*expected, "90 units every 21 days", "Section II"):
        assert figure in seen.text, figure


@pytest.mark.parametrize(
    ("height", "weight"),
    [
        ("0", "68"),
        ("49", "68"),
        ("165", "401"),
        ("-165", "68"),
        ("1e2", "68"),
        ("165", "NaN"),
        ("165 ft", "68"),
        ("٣", "68"),
    ],
)
def test_a_height_or_weight_out_of_range_is_said_so(wizard: Wizard, height: str, weight: str) -> None:
    seen = wizard.read(wizard.post("details/treatment/", {"height_cm": height, "weight_kg": weight}))
    assert seen.status == 422
    assert seen.values["height_cm"] == [height]
    assert seen.values["weight_kg"] == [weight]
    assert len(seen.errors) == 1


@pytest.mark.parametrize("typed", ["03/14/1961", "3/14/1961", "03-14-1961", "03141961", "1961-03-14"])
def test_dates_are_read_as_they_are_usually_typed(wizard: Wizard, prescriber: Any, typed: str) -> None:
    assert wizard.post("details/patient/", {**PATIENT, "date_of_birth": typed}).status_code == 303
    assert draft_of(wizard, prescriber).patient.date_of_birth == datetime.date(1961, 3, 14)


@pytest.mark.parametrize("typed", ["02/30/1961", "14/03/1961", "1/1/1899", "01/01/2999", "yesterday", "03/14/61"])
def test_a_date_that_cannot_be_is_said_so(wizard: Wizard, typed: str) -> None:
    seen = wizard.read(wizard.post("details/patient/", {**PATIENT, "date_of_birth": typed}))
    assert seen.status == 422
    assert [target for _, target in seen.errors] == ["id_date_of_birth"]
    assert seen.values["date_of_birth"] == [typed]


def test_an_expedited_request_says_why(wizard: Wizard, prescriber: Any) -> None:
    seen = wizard.read(wizard.post("details/timing/", {**timing(), "urgency": "expedited"}))
    assert [target for _, target in seen.errors] == ["id_urgency_reason"]
    response = wizard.post(
        "details/timing/", {**timing(), "urgency": "expedited", "urgency_reason": "Hospitalized, rising bilirubin."}
    )
    assert response.status_code == 303
    assert draft_of(wizard, prescriber).urgency_reason == "Hospitalized, rising bilirubin."


def test_a_plan_added_meanwhile_can_be_chosen_and_one_that_is_none_cannot(
    wizard: Wizard, practice: Organization
) -> None:
    wizard.get("details/patient/")
    new = Organization.objects.create(name="New Plan", kind=Organization.Kind.PLAN)
    assert wizard.post("details/patient/", {**PATIENT, "plan": str(practice.id)}).status_code == 422
    assert wizard.post("details/patient/", {**PATIENT, "plan": str(new.id)}).status_code == 303


HOSTILE = [
    "\x00",
    "a\x00b",
    "\u202e",
    "<script>alert(1)</script>",
    "9" * 5000,
    "1e999",
    "NaN",
    "Infinity",
    "-0",
    "𝟙",
    "{{7*7}}",
]
PAGES: dict[str, dict[str, str]] = {
    "details/patient/": PATIENT,
    "details/prescriber/": PRESCRIBER,
    "details/diagnosis/": {"diagnosis_code": ""},
    "details/treatment/": TREATMENT,
    "details/timing/": {"requested_start_date": "", "urgency": "", "urgency_reason": ""},
    "questions/hypersensitivity/": {"cremophor_hypersensitivity": ""},
    "discard/": {"version": ""},
    "check/": {"version": ""},
    "helpers/medicare/": {"line_of_business": "medicare", "state": "VA", "locality": ""},
    "details/patient/find/": {"search": ""},
    "details/patient/use/": {"patient": ""},
    "details/prescriber/use/": {"prescriber": ""},
    "documents/": {"kind": "labs", "criteria": ""},
    "helpers/dose/": {"height_cm": "", "weight_kg": ""},
    "helpers/her2-ish-numbers/": {"her2_ish_ratio": "", "her2_ish_copy_number": ""},
    "helpers/taxane-timing/": {
        "taxane_setting": "adjuvant",
        "taxane_months_to_progression-from": "01/15/2025",
        "taxane_months_to_progression-to": "03/15/2025",
    },
    "helpers/liver-tests/": {"ast_x_uln-result": "80", "ast_x_uln-limit": "40"},
}


@pytest.mark.parametrize("rest", PAGES)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_breaks_a_page(clinical: Wizard, rest: str, value: str) -> None:
    for name in PAGES[rest]:
        data = {**PAGES[rest], "version": "6", name: value}
        response = clinical.client.post(clinical.url(rest), data)
        assert response.status_code in (200, 302, 303, 400, 404, 409, 422), (rest, name)
        assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("raw", [b"%ED%A0%80", b"%FF%FE", b"\xff", b"%00", b"%"])
def test_no_bytes_break_a_page(wizard: Wizard, raw: bytes) -> None:
    body = b"version=1&first_name=" + raw
    response = wizard.client.post(
        wizard.url("details/patient/"), body, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code in (400, 422)
