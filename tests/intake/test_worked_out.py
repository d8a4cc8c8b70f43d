"""Numbers worked out for the clinician, and what follows from the answers on a page."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from criteria import catalog
from pa_portal.intake.worked import Unworkable, ways
from pa_portal.submissions import queries
from tests.intake.wizard import CASES, Wizard

POLICY = catalog.latest("IC-0072")
NAME = "anthracycline_months_to_progression"
TODAY = datetime.date(2026, 6, 30)
MONTHS = ways(POLICY)[NAME]
AST = ways(POLICY)["ast_x_uln"]
AFTER = {
    **CASES["with_capecitabine_after_anthracycline_and_taxane"],
    "anthracycline_outcome": "progressed_after_therapy",
    "anthracycline_setting": "adjuvant",
    NAME: "5",
}


@pytest.mark.parametrize(
    ("last_dose", "progression", "months"),
    [
        ("01/15/2025", "07/15/2025", 6),
        ("01/15/2025", "07/16/2025", 6.04),
        ("01/15/2025", "07/14/2025", 5.97),
        ("2025-01-15", "1/15/2025", 0),
        ("08/31/2025", "02/28/2026", 6),
        ("08/31/2025", "03/01/2026", 6.04),
        ("01/31/2024", "02/29/2024", 1),
        ("12/31/2024", "01/30/2025", 0.97),
        ("06/30/2020", "06/30/2026", 72),
    ],
)
def test_months_between_two_dates_are_calendar_months(last_dose: str, progression: str, months: float) -> None:
    worked = MONTHS.work_out(last_dose, progression, today=TODAY)
    assert worked.value == months
    assert "month" in worked.how


def test_days_left_over_are_explained() -> None:
    how = MONTHS.work_out("01/15/2025", "06/20/2025", today=TODAY).how
    assert how == (
        "From 01/15/2025 to 06/20/2025: 5 months and 5 days of a month of 30 days, so 5 + 5/30 = 5.17 months, "
        "rounded up."
    )


def test_no_date_is_rounded_into_or_out_of_a_window() -> None:
    """Every day of five years: the number worked out lies on the side of each window on which the date lies."""
    start = datetime.date(2020, 8, 31)
    for limit, last in (
        (3, datetime.date(2020, 11, 30)),
        (4, datetime.date(2020, 12, 31)),
        (6, datetime.date(2021, 2, 28)),
    ):
        for days in range(1825):
            day = start + datetime.timedelta(days=days)
            worked = MONTHS.work_out(f"{start:%m/%d/%Y}", f"{day:%m/%d/%Y}", today=TODAY)
            assert (worked.value <= limit) is (day <= last), day


@pytest.mark.parametrize(
    ("result", "limit", "multiple"),
    [
        ("100", "40", 2.5),
        ("100.1", "40", 2.51),
        ("99.9", "40", 2.5),
        ("38", "40", 0.95),
        ("1.2", "1.2", 1),
        ("0", "40", 0),
        ("1.2001", "1.2", 1.01),
    ],
)
def test_a_result_is_divided_by_its_limit_and_never_rounded_down(result: str, limit: str, multiple: float) -> None:
    assert AST.work_out(result, limit, today=TODAY).value == multiple


@pytest.mark.parametrize(
    ("way", "first", "second", "part"),
    [
        (MONTHS, "", "03/01/2025", "from"),
        (MONTHS, "03/01/2025", "", "to"),
        (MONTHS, "03/02/2025", "03/01/2025", "to"),
        (MONTHS, "02/30/2025", "03/01/2025", "from"),
        (MONTHS, "03/01/2025", "07/01/2026", "to"),
        (MONTHS, "03/01/1850", "07/01/2025", "from"),
        (AST, "", "40", "result"),
        (AST, "80", " ", "limit"),
        (AST, "80", "0", "limit"),
        (AST, "NaN", "40", "result"),
        (AST, "80", "-40", "limit"),
        (AST, "8e1", "40", "result"),
    ],
)
def test_what_cannot_be_worked_out_says_which_part_is_wrong(way: Any, first: str, second: str, part: str) -> None:
    with pytest.raises(Unworkable) as refused:
        way.work_out(first, second, today=TODAY)
    assert refused.value.part == part


def at_timing(clinical: Wizard) -> Any:
    return clinical.answer(AFTER, stop_before=NAME)


DATES = {
    "anthracycline_setting": "adjuvant",
    f"{NAME}-from": "01/15/2025",
    f"{NAME}-to": "06/20/2025",
}


def test_months_are_worked_out_by_a_button_without_saving(clinical: Wizard, prescriber: Any) -> None:
    page = at_timing(clinical)
    version = page.values["version"]
    seen = clinical.read(clinical.post(page.path, {**DATES, "work_out": "1"}))
    assert seen.status == 200
    assert "5.17 months" in seen.text
    assert "Within the window:" in seen.text
    assert "Adjuvant: up to 6 months" in seen.text
    assert "Section III" in seen.text
    for name, value in DATES.items():
        assert seen.values[name] == [value]
    assert clinical.get(page.path).values["version"] == version
    assert "anthracycline_setting" not in queries.request_for(prescriber, clinical.id).answers


def test_dates_may_stand_in_for_months_and_only_the_number_is_kept(clinical: Wizard, prescriber: Any) -> None:
    page = at_timing(clinical)
    response = clinical.post(page.path, DATES)
    assert response.status_code == 303
    answers = queries.request_for(prescriber, clinical.id).answers
    assert answers[NAME] == 5.17
    assert "2025" not in str(answers)
    assert clinical.get(page.path).values[NAME] == ["5.17"]


def test_a_result_over_its_limit_stands_in_for_the_multiple(clinical: Wizard, prescriber: Any) -> None:
    page = clinical.answer(CASES["with_capecitabine_after_anthracycline_and_taxane"], stop_before="ast_x_uln")
    data = {"ast_x_uln-result": "100.1", "ast_x_uln-limit": "40", "alt_x_uln": "1", "bilirubin_x_uln": "1"}
    seen = clinical.read(clinical.post(page.path, {**data, "work_out": "1"}))
    text = " ".join(seen.text.split())
    assert "AST: 100.1 ÷ 40 = 2.51 × ULN, rounded up." in text
    assert "Above the limit:</span> AST is at most 2.5 × ULN" in text
    assert "Within the limit:</span> ALT is at most 2.5 × ULN" in text
    assert clinical.post(page.path, data).status_code == 303
    assert queries.request_for(prescriber, clinical.id).answers["ast_x_uln"] == 2.51


@pytest.mark.parametrize(
    ("typed", "target", "message"),
    [
        ({f"{NAME}-to": "01/01/2025"}, f"{NAME}-to", "before the last"),
        ({f"{NAME}-from": ""}, f"{NAME}-from", "last dose"),
        ({NAME: "4"}, NAME, "gives 5.17 months"),
        ({f"{NAME}-unknown": "1"}, NAME, "not both"),
        ({f"{NAME}-from": "01/15/1920"}, NAME, "from 0 to 600"),
    ],
)
@pytest.mark.parametrize("button", ["work_out", "save"])
def test_what_is_wrong_with_the_dates_is_said_at_the_field(
    clinical: Wizard, typed: dict[str, str], target: str, message: str, button: str
) -> None:
    page = at_timing(clinical)
    seen = clinical.read(clinical.post(page.path, {**DATES, **typed, button: "1"}))
    assert seen.status == 422
    assert [(message in text, to) for text, to in seen.errors] == [(True, f"id_{target}")]
    for name, value in {**DATES, **typed}.items():
        assert seen.values[name] == [value]


def test_months_typed_beside_dates_that_agree_are_taken(clinical: Wizard) -> None:
    page = at_timing(clinical)
    assert clinical.post(page.path, {**DATES, NAME: "5.17"}).status_code == 303


@pytest.mark.parametrize(
    ("setting", "months", "word"),
    [
        ("adjuvant", "6", "Within the window:"),
        ("adjuvant", "6.1", "Outside the window:"),
        ("metastatic", "3", "Within the window:"),
        ("metastatic", "4", "Outside the window:"),
        ("unknown", "2", "Not established:"),
        ("unknown", "7", "Outside the window:"),
        ("", "2", "Not established:"),
    ],
)
def test_the_resistance_verdict_shows_while_the_page_is_filled_in(
    clinical: Wizard, setting: str, months: str, word: str
) -> None:
    at_timing(clinical)
    data = {"anthracycline_setting": setting, NAME: months}
    answer = clinical.client.post(clinical.url("helpers/anthracycline-timing/"), data)
    assert word in answer.content.decode()
    assert "metastatic" in answer.content.decode().lower()


@pytest.mark.parametrize(("percent", "told"), [("0.9", False), ("1", True), ("10", True), ("10.1", False), ("", False)])
def test_er_low_positive_is_told_where_er_is_asked(clinical: Wizard, percent: str, told: bool) -> None:
    clinical.answer(CASES["hr_positive_second_line"], stop_before="er_percent")
    answer = clinical.client.post(clinical.url("helpers/estrogen-receptor/"), {"er_percent": percent})
    assert (POLICY.flags["er_low_positive"].label in answer.content.decode()) is told
