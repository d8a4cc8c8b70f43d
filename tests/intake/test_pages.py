"""What holds for every page of the wizard: headings, reasons, errors, and how much the database is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches

from tests.conftest import counting_statements
from tests.intake.wizard import CASES, DIAGNOSIS, PATIENT, PRESCRIBER, TREATMENT, Seen, Wizard

DETAILS = ("patient", "prescriber", "diagnosis", "treatment", "timing")


def every_step(wizard: Wizard) -> Iterator[Seen]:
    """Each page from the first to the check, as it is reached."""
    for slug in DETAILS:
        yield wizard.get(f"details/{slug}/")
    wizard.fill_details()
    case = CASES["hr_positive_first_line"]
    seen = wizard.next()
    while "/questions/" in seen.path:
        yield seen
        response = wizard.post(seen.path, {name: case[name] for name in seen.fields})
        seen = wizard.get(response["Location"])
    yield seen


def test_one_heading_a_page_and_no_two_alike(wizard: Wizard) -> None:
    headings = []
    for seen in every_step(wizard):
        assert len(seen.page.h1) == 1, seen.path
        assert seen.page.title.startswith(seen.page.h1[0])
        assert len(set(seen.page.ids)) == len(seen.page.ids), f"an id twice on {seen.path}"
        headings += seen.page.h1
    assert len(set(headings)) == len(headings)


def test_every_page_says_why_it_asks_and_clinical_ones_cite_the_section(wizard: Wizard) -> None:
    for seen in every_step(wizard):
        if not seen.path.endswith("/check/"):
            assert "Why we ask:" in seen.text, seen.path
        if "/questions/" in seen.path:
            assert re.search(r'class="why">.*?Section (III|IV)</span>', seen.text, re.S), seen.path


def test_nothing_is_selected_before_somebody_chooses(wizard: Wizard) -> None:
    for seen in every_step(wizard):
        chosen = [c for c in seen.page.controls if c["type"] in ("radio", "checkbox") and "checked" in c]
        assert not chosen, seen.path


def test_addresses_hold_a_random_id_and_a_page_name_only(wizard: Wizard) -> None:
    for seen in every_step(wizard):
        assert re.fullmatch(r"/requests/[0-9a-f-]{36}/((details|questions)/)?[a-z0-9-]+/", seen.path)


@pytest.mark.parametrize("slug", DETAILS)
def test_an_empty_form_comes_back_as_422_with_its_errors_linked(wizard: Wizard, slug: str) -> None:
    page = wizard.get(f"details/{slug}/")
    empty = dict.fromkeys(page.fields, "")
    seen = wizard.read(wizard.client.post(page.path, {**empty, "version": "1"}))
    assert seen.status == 422
    assert seen.page.title.startswith("Error: ")
    assert seen.errors
    for _, target in seen.errors:
        assert target in seen.page.ids
        assert f'id="{target}_error"' in seen.text
    assert re.search(r'id="error-summary"[^>]*autofocus', re.sub(r"\s+", " ", seen.text))


def test_an_unanswered_question_comes_back_as_422(clinical: Wizard) -> None:
    seen = clinical.read(clinical.post("questions/hypersensitivity/", {}))
    assert seen.status == 422
    assert seen.page.title == "Error: Cremophor hypersensitivity – PA Portal"
    assert seen.errors[0][1] == "id_cremophor_hypersensitivity"


def test_what_was_typed_is_kept_when_something_is_wrong(wizard: Wizard) -> None:
    typed = {**PATIENT, "first_name": "Zoë <b>", "date_of_birth": "31/31/1961", "line_of_business": "medicaid"}
    seen = wizard.read(wizard.post("details/patient/", typed))
    assert seen.status == 422
    assert seen.errors == [
        ("Enter a real date as month, day and year, such as 03/14/1961.", "id_date_of_birth"),
    ]
    kept = seen.values
    for name, value in typed.items():
        assert kept[name] == [value]


def test_half_of_a_page_is_kept_when_the_other_half_is_missing(clinical: Wizard) -> None:
    clinical.answer(CASES["hr_positive_first_line"], stop_before="her2_ish_ratio")
    seen = clinical.read(clinical.post("questions/her2-ish-numbers/", {"her2_ish_ratio": "1.97"}))
    assert seen.status == 422
    assert seen.values["her2_ish_ratio"] == ["1.97"]
    assert [target for _, target in seen.errors] == ["id_her2_ish_copy_number"]


def test_a_page_may_be_left_half_empty_when_its_first_answer_settles_the_rest(clinical: Wizard) -> None:
    case = CASES["with_capecitabine_after_anthracycline_and_taxane"]
    seen = clinical.answer(case, stop_before="ast_x_uln")
    response = clinical.post(seen.path, {"ast_x_uln": "6"})
    assert response.status_code == 303
    assert response["Location"] == clinical.url("outcome/")


def test_a_step_asks_the_database_three_times_at_most(wizard: Wizard) -> None:
    """The session with the user, their context with its place on record, and the request with everything it shows.

    The check asks for its documents, too.
    """
    for seen in every_step(wizard):
        with counting_statements() as asked:
            assert wizard.client.get(seen.path).status_code == 200
        assert len(asked) <= (4 if seen.path.endswith("/check/") else 3), asked


def test_a_step_that_follows_another_finds_its_lists_at_hand(client: Any, prescriber: Any) -> None:
    client.force_login(prescriber)
    caches["pages"].clear()
    wizard = Wizard.start(client)
    for slug, data in zip(DETAILS, (PATIENT, PRESCRIBER, DIAGNOSIS, TREATMENT), strict=False):
        with counting_statements() as asked:
            form = wizard.get(f"details/{slug}/").values
        assert len(asked) <= 3, asked
        caches["pages"].clear()
        assert client.post(wizard.url(f"details/{slug}/"), {**form, **data}).status_code == 303
    with counting_statements() as asked:
        assert "When Harbor Health Plan owes a decision" in wizard.get("details/timing/").text
    assert len(asked) <= 3, asked


def test_live_parts_work_without_saving(clinical: Wizard) -> None:
    page = clinical.answer(CASES["hr_positive_first_line"], stop_before="her2_ish_ratio")
    data = {"her2_ish_ratio": "2.2", "her2_ish_copy_number": "4"}
    answer = clinical.client.post(clinical.url("helpers/her2-ish-numbers/"), data)
    assert "HER2-positive" in answer.content.decode()
    dose = clinical.client.post(clinical.url("helpers/dose/"), {"height_cm": "190", "weight_kg": "120"})
    assert "The cap applies." in dose.content.decode()
    again = clinical.get(page.path)
    assert again.values.get("her2_ish_ratio") == [""]
    assert clinical.client.get(clinical.url("helpers/dose/")).status_code == 405


def test_pages_work_without_scripts_and_keep_no_history_of_them(clinical: Wizard) -> None:
    seen = clinical.get("details/treatment/")
    config = re.search(r"<meta name=\"htmx-config\"\s+content='([^']+)'", seen.text)
    assert config
    assert '"historyCacheSize":0' in config[1]
    assert '"allowEval":false' in config[1]
    assert '"includeIndicatorStyles":false' in config[1]
    assert not re.search(r"<script>|\son[a-z]+=|\sstyle=", seen.text)
    response = clinical.post(seen.path, {"height_cm": "170", "weight_kg": "80", "stay": "1"})
    assert response["Location"] == seen.path
    assert "77.7 mg" in clinical.get(seen.path).text


def test_a_form_from_an_older_session_gets_a_page_that_says_what_to_do(wizard: Wizard) -> None:
    strict = type(wizard.client)(enforce_csrf_checks=True)
    strict.cookies = wizard.client.cookies
    response = strict.post(wizard.url("details/patient/"), PATIENT)
    assert response.status_code == 403
    assert "This form could not be accepted" in response.content.decode()
    assert "Okafor" not in response.content.decode()
