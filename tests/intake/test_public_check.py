"""The public check: the wizard's questions and verdict for anybody, with nothing stored anywhere."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from criteria import catalog
from criteria.questions import relevant, walk
from tests.intake.test_details import HOSTILE
from tests.intake.test_settled_outcomes import SECOND_LINE
from tests.intake.wizard import CASES, Html, Seen, Wizard

ADDRESS = "/check-criteria/"
POLICY = catalog.latest("IC-0072")
NOT_KNOWN = {
    **CASES["tnbc_subsequent"],
    "her2_test_compliant": "unknown",
    "capecitabine_failed": "unknown",
    "anthracycline_outcome": "unknown",
    "taxane_outcome": "unknown",
    "anthracycline_contraindicated": "unknown",
}
NEW = {"request_type": "initial", "age": "64"}


@dataclass
class Check:
    """The page in the browser of somebody without an account: each form is sent as it stands, with answers typed in."""

    client: Any = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    seen: Any = None
    asked: list[str] = field(default_factory=list)

    def open(self) -> Seen:
        return self._read(self.client.get(ADDRESS))

    def send(self, data: dict[str, Any]) -> Seen:
        return self._read(self.client.post(ADDRESS, {**self.seen.values, **data}))

    def choose(self, form: int, **button: str) -> Seen:
        """Send the form that stands at this place in the page."""
        return self._read(self.client.post(ADDRESS, {**self.seen.values_of([form]), **button}))

    def walk(self, case: dict[str, Any], start: dict[str, str] = NEW, *, stop_before: str = "") -> Seen:
        self.open()
        self.send(start)
        while names := self.questions - {"approved_regimen"} or self.questions:
            if stop_before in names:
                break
            self.asked += sorted(names)
            data: dict[str, Any] = {}
            for name in names:
                unknown_box = f"{name}-unknown"
                has_box = any(control.get("name") == unknown_box for control in self.seen.page.controls)
                data |= {unknown_box: "1"} if has_box and case[name] == "unknown" else {name: case[name]}
            assert self.send(data).status == 200, self.seen.errors
        return self.seen

    @property
    def questions(self) -> set[str]:
        """The questions that the page asks, without what it merely carries."""
        shown = [control for control in self.seen.page.controls if control["type"] != "hidden"]
        return {control["name"] for control in shown if "-" not in control.get("name", "-")}

    def _read(self, response: Any) -> Seen:
        assert not response.cookies, "no cookie is needed, so none is set"
        text = response.content.decode()
        self.seen = Seen(response.status_code, response.request["PATH_INFO"], text, Html(text))
        return self.seen


@pytest.fixture
def check(db: None) -> Check:
    return Check()


@pytest.mark.parametrize("case", CASES)
def test_it_asks_what_the_wizard_asks_and_comes_to_the_same_verdict(check: Check, clinical: Wizard, case: str) -> None:
    seen = check.walk(CASES[case])
    told = clinical.answer(CASES[case])
    assert sorted(check.asked) == sorted(clinical.asked)
    assert seen.page.h1 == ["Result of the check"]
    headline = f"This request meets the criteria for: {POLICY.pathway(case).label}."
    assert headline in seen.text
    assert headline in told.text


def test_every_question_can_still_matter(check: Check) -> None:
    case = CASES["hr_positive_first_line"]
    check.open()
    check.send(NEW)
    given = {"request_type": "initial", "request_date": "2026-01-02", "date_of_birth": "1961-03-14"}
    answers: dict[str, Any] = {}
    typed: dict[str, Any] = {
        "cremophor_hypersensitivity": False,
        "line_of_therapy": 1,
        "her2_test_compliant": True,
        "her2_ish_ratio": 1.4,
        "her2_ish_copy_number": 3.1,
        "er_percent": 90,
        "visceral_crisis": True,
    }
    while names := check.questions:
        assert names <= set(relevant(POLICY, walk(POLICY, answers, given).facts))
        answers |= {name: typed.get(name, case[name]) for name in names}
        check.send({name: case[name] for name in names})


@pytest.mark.parametrize(
    ("answers", "headline", "obstacle"),
    [
        ({**SECOND_LINE, "regimen": "other"}, "does not meet the criteria", "single_agent"),
        ({"cremophor_hypersensitivity": "true"}, "does not meet the criteria", "no_cremophor_hypersensitivity"),
        (
            NOT_KNOWN,
            "do not settle the criteria",
            "her2_test_is_compliant",
        ),
    ],
)
def test_it_explains_what_stands_in_the_way(
    check: Check, answers: dict[str, Any], headline: str, obstacle: str
) -> None:
    seen = check.walk(answers)
    assert headline in seen.text
    criterion = POLICY.criterion(obstacle)
    assert criterion.label in seen.text
    assert criterion.would_change in seen.text
    assert "Section III" in seen.text


@pytest.mark.parametrize(("age", "meets"), [("17", False), ("18", True), ("0", False), ("130", True)])
def test_an_age_is_enough(check: Check, age: str, meets: bool) -> None:
    seen = check.walk(CASES["tnbc_subsequent"], {**NEW, "age": age})
    assert ("This request meets the criteria" in seen.text) is meets
    assert ("younger than 18" in seen.text) is not meets


def test_a_renewal_is_asked_section_iv_and_held_to_what_was_authorized(check: Check) -> None:
    case = {
        "approved_regimen": "single_agent",
        "cremophor_hypersensitivity": "false",
        "regimen": "single_agent",
        "disease_response": "decrease",
        "unacceptable_toxicity": "false",
    }
    renewal = {"request_type": "renewal", "age": "50"}
    assert "This renewal meets the criteria." in check.walk(case, renewal).text
    assert check.asked == list(case)
    other = check.walk({**case, "regimen": "with_trastuzumab"}, renewal)
    assert "differs from the one that was authorized" in other.text


def test_nothing_is_stored_and_nothing_is_logged(check: Check, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        check.walk({**CASES["tnbc_subsequent"], "line_of_therapy": "13"})
    assert check.seen.page.h1 == ["Result of the check"]
    for model in apps.get_models():
        assert not model._default_manager.exists() or model._meta.app_label in ("contenttypes", "auth"), model
    assert not [record for record in caplog.records if "13" in record.getMessage()]


def test_the_address_never_changes(check: Check) -> None:
    seen = check.walk(CASES["tnbc_subsequent"])
    assert seen.path == ADDRESS
    forms = [href for _, href in seen.page.links if "?" in href]
    assert forms == []
    assert check.client.get(f"{ADDRESS}?age=64&regimen=other").content == check.client.get(ADDRESS).content


def test_an_answer_can_be_changed(check: Check) -> None:
    check.walk(CASES["tnbc_subsequent"])
    seen = check.send({"go": "regimen"})
    assert seen.page.h1 == ["Planned regimen"]
    assert seen.values["regimen"] == ["single_agent"]
    seen = check.send({"regimen": "with_capecitabine"})
    assert seen.page.h1 == ["This change sets answers aside"]
    seen = check.choose(1, confirmed="1")
    assert seen.page.h1 == ["Anthracycline treatment"]
    assert "Answers that do not count now" in seen.text
    seen = check.send({"go": "regimen"})
    seen = check.send({"regimen": "single_agent"})
    assert "This request meets the criteria for" in seen.text
    assert "Answers that do not count now" not in seen.text


LATER = {"Line of therapy": "2", "HER2 IHC score": "0", "ER staining": "0%"}


@pytest.mark.parametrize(
    ("page", "change", "named", "set_aside"),
    [
        ("regimen", {"regimen": "with_capecitabine"}, "Planned regimen", LATER),
        ("regimen", {"regimen": "with_capecitabine", "go": "hypersensitivity"}, "Planned regimen", LATER),
        ("start", {"request_type": "renewal"}, "the type of request or the age", {**LATER, "Extent of disease": ""}),
        ("start", {"age": "17"}, "the type of request or the age", {**LATER, "Planned regimen": ""}),
    ],
    ids=["an answer", "an answer, then another page", "the type", "the age"],
)
def test_a_change_that_sets_answers_aside_is_asked_about_first(
    check: Check, page: str, change: dict[str, str], named: str, set_aside: dict[str, str]
) -> None:
    check.walk(CASES["tnbc_subsequent"])
    opened = check.send({"go": page}).values
    seen = check.send(change)
    assert seen.status == 422
    assert seen.page.h1 == ["This change sets answers aside"]
    assert named in seen.text
    for label, answer in set_aside.items():
        assert re.search(rf"<dt>\s*{label}\s*</dt>\s*<dd>\s*{answer}", seen.text), label
    kept = check.choose(2, go=page)
    assert kept.values == opened
    assert "This request meets the criteria for" in check.send({}).text


def test_a_change_that_only_adds_a_question_sets_nothing_aside(check: Check) -> None:
    check.walk(CASES["tnbc_subsequent"])
    check.send({"go": "her2-ihc"})
    seen = check.send({"her2_ihc": "2+"})
    assert seen.page.h1 == ["HER2 in situ hybridization"]
    assert "Answers that do not count now" not in seen.text
    check.send({"her2_ish": "done"})
    seen = check.send({"her2_ish_ratio": "4", "her2_ish_copy_number": "8"})
    assert seen.page.h1 == ["This change sets answers aside"]
    assert "ER staining" in seen.text


def test_a_page_that_comes_back_still_knows_what_it_held(check: Check) -> None:
    check.walk(CASES["tnbc_subsequent"])
    check.send({"go": "line-of-therapy"})
    assert check.send({"line_of_therapy": "many"}).status == 422
    seen = check.send({"line_of_therapy": "1"})
    assert seen.page.h1 == ["Germline BRCA1/2"]
    assert check.seen.values["er_percent"] == ["0"]


def test_going_back_keeps_what_was_typed(check: Check) -> None:
    check.walk(CASES["tnbc_subsequent"], stop_before="line_of_therapy")
    seen = check.send({"line_of_therapy": "7", "go": "regimen"})
    assert seen.page.h1 == ["Planned regimen"]
    seen = check.send({})
    assert seen.page.h1 == ["HER2 test quality"]
    assert check.send({"go": "start"}).values["age"] == ["64"]


def test_a_stop_says_which_pathway_it_closed(check: Check) -> None:
    seen = check.walk(
        {**SECOND_LINE, "disease_settings": ["metastatic"], "tdxd_candidate": "true"},
        stop_before="anthracycline_outcome",
    )
    assert POLICY.pathway("hr_positive_second_line").label in seen.text.split("Your last answer closed")[1]
    assert "Criteria so far" in seen.text


def test_what_is_missing_is_said_at_its_field(check: Check) -> None:
    check.open()
    seen = check.send({"age": "12 years or so"})
    assert seen.status == 422
    assert [target for _, target in seen.errors] == ["id_request_type", "id_age"]
    assert seen.values["age"] == ["12 years or so"]
    check.send(NEW)
    seen = check.send({})
    assert seen.status == 422
    assert [target for _, target in seen.errors] == ["id_cremophor_hypersensitivity"]
    assert seen.page.title.startswith("Error: Cremophor hypersensitivity")
    check.walk(CASES["tnbc_subsequent"], stop_before="er_percent")
    seen = check.send({"er_percent": "101"})
    assert [("from 0 to 100" in text, target) for text, target in seen.errors] == [(True, "id_er_percent")]
    assert check.send({"er_percent": "0"}).status == 200
    check.open()
    check.send({"request_type": "renewal", "age": "50"})
    assert [target for _, target in check.send({}).errors] == ["id_approved_regimen"]


def test_months_are_worked_out_and_her2_shown_without_scripts(check: Check) -> None:
    case = {
        **CASES["with_capecitabine_after_anthracycline_and_taxane"],
        "anthracycline_outcome": "progressed_after_therapy",
    }
    check.walk(case, stop_before="anthracycline_setting")
    name = "anthracycline_months_to_progression"
    dates = {f"{name}-from": "01/15/2025", f"{name}-to": "06/20/2025", "anthracycline_setting": "adjuvant"}
    seen = check.send({**dates, "work_out": "1"})
    assert "5.17 months" in seen.text
    assert "Within the window:" in seen.text
    seen = check.send(dates)
    assert seen.page.h1 == ["Taxane treatment"]
    assert seen.values[name] == ["5.17"]
    live = check.client.post(f"{ADDRESS}boxes/", {**seen.values, "at": "anthracycline-timing", name: "9"})
    assert "Outside the window:" in live.content.decode()
    check.walk(CASES["hr_positive_first_line"], stop_before="her2_ish_ratio")
    seen = check.send({"her2_ish_ratio": "2.2", "her2_ish_copy_number": "4", "stay": "1"})
    assert "HER2-positive" in seen.text


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_breaks_it(check: Check, value: str) -> None:
    names = (
        "at",
        "go",
        "age",
        "request_type",
        "approved_regimen",
        "er_percent",
        "disease_settings",
        "ast_x_uln-result",
    )
    for name in names:
        for at in ("start", "hypersensitivity", "authorized-regimen", "liver-tests"):
            for address in (ADDRESS, f"{ADDRESS}boxes/"):
                response = check.client.post(address, {**NEW, "at": at, name: value})
                assert response.status_code in (200, 422)
                assert "<script>alert" not in response.content.decode()


def test_it_is_linked_from_the_sign_in_page_and_open_to_those_signed_in(check: Check, staff: Any) -> None:
    assert ADDRESS in check.client.get("/accounts/sign-in/").content.decode()
    check.client.cookies.clear()
    assert "/accounts/sign-in/" in check.open().text
    client = Client()
    client.force_login(staff)
    assert client.get(ADDRESS).status_code == 200
