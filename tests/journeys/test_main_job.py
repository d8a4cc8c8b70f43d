"""The main job in a real browser: from the first question to the letter and the manager's file, for every pathway."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from pypdf import PdfReader

from criteria.dates import renewal_date, valid_through
from pa_portal.accounts.actions import create_user
from pa_portal.accounts.models import Organization, Role, User
from pa_portal.determinations.models import Authorization, Determination
from pa_portal.submissions import queries
from pa_portal.submissions.models import Request
from tests.intake.wizard import CASES, DIAGNOSIS, PASSWORD, PATIENT, PRESCRIBER, TREATMENT

pytestmark = pytest.mark.django_db(transaction=True)

PATHWAYS = {
    "hr_positive_first_line": "Hormone-receptor positive, HER2-negative disease, first line",
    "hr_positive_second_line": "Hormone-receptor positive, HER2-negative disease, second line",
    "hr_positive_third_line_plus": "Hormone-receptor positive, HER2-negative disease, third line or later",
    "tnbc_first_line": "Triple-negative disease, first line",
    "tnbc_subsequent": "Triple-negative disease, second line or later",
    "her2_positive_with_trastuzumab": "HER2-positive disease, with trastuzumab, fourth line or later",
    "with_capecitabine_after_anthracycline_and_taxane": "With capecitabine, after an anthracycline and a taxane",
    "single_agent_after_capecitabine": "As a single agent, after an anthracycline, a taxane and capecitabine",
}
FAILS = {**CASES["her2_positive_with_trastuzumab"], "line_of_therapy": "2"}


@pytest.fixture
def plan(db: None) -> Organization:
    return Organization.objects.create(
        name="Harbor Health Plan", kind=Organization.Kind.PLAN, appeals_address="PO Box 9, Richmond VA 23219"
    )


@pytest.fixture
def people(plan: Organization) -> dict[str, User]:
    practice = Organization.objects.create(name="James River Oncology", kind=Organization.Kind.PROVIDER)
    found = {}
    for name, role, organization in (
        ("Ana Silva", Role.PRESCRIBER, practice),
        ("Rae Ito", Role.REVIEWER, plan),
        ("Omar Diallo", Role.DIRECTOR, plan),
        ("Lena Park", Role.MANAGER, plan),
    ):
        first, last = name.split()
        found[role.value] = create_user(
            by=None,
            email=f"{first.lower()}@example.org",
            password=PASSWORD,
            first_name=first,
            last_name=last,
            credentials="MD",
            role=role,
            organization=organization,
        )
    return found


class Person:
    """Somebody at a browser of their own, who works through what the pages offer."""

    def __init__(self, browser: Any, base_url: str, user: User) -> None:
        self.context = browser.new_context(base_url=base_url, viewport={"width": 1280, "height": 900}, locale="en-US")
        self.context.set_default_timeout(20_000)
        self.page = self.context.new_page()
        self.page.goto("/")
        self.page.get_by_label("E-mail address").fill(user.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.press("Sign in")

    def press(self, name: str) -> None:
        self.go(self.page.get_by_role("button", name=name, exact=True))

    def follow(self, name: str) -> None:
        self.go(self.page.get_by_role("link", name=name, exact=True).first)

    def go(self, control: Any) -> None:
        """Click what leads to another page, and wait until that is there."""
        with self.page.expect_navigation():
            control.click()

    def fill(self, data: dict[str, Any]) -> None:
        for name, value in data.items():
            for item in value if isinstance(value, list) else [value]:
                chosen = self.page.locator(f"main [name='{name}'][value='{item}']")
                typed = self.page.locator(f"main [name='{name}']:not([type=radio]):not([type=checkbox])")
                if typed.count() == 0:
                    chosen.check()
                elif typed.evaluate("e => e.tagName") == "SELECT":
                    typed.select_option(item)
                else:
                    typed.fill(item)

    def questions(self) -> list[str]:
        fields = self.page.locator("main form :is(input:not([type=hidden]), select, textarea)[name]")
        names = [fields.nth(place).get_attribute("name") for place in range(fields.count())]
        return [name for name in dict.fromkeys(names) if name and name in FACTS]

    def text(self) -> str:
        return str(self.page.locator("main").inner_text())

    def heading(self) -> str:
        return str(self.page.get_by_role("heading", level=1).inner_text())


FACTS = {name for case in CASES.values() for name in case} | {
    *("endocrine_refractory", "anthracycline_contraindicated", "capecitabine_failed", "anthracycline_setting"),
    *("anthracycline_months_to_progression", "her2_ish", "her2_ish_ratio", "her2_ish_copy_number"),
}


@pytest.fixture
def at_a_browser(browser: Any, live_server: Any, people: dict[str, User]) -> Iterator[Any]:
    present: list[Person] = []

    def sit_down(role: str) -> Person:
        present.append(Person(browser, live_server.url, people[role]))
        return present[-1]

    yield sit_down
    for person in present:
        person.context.close()


def asked_for(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


def fill_wizard(prescriber: Person, case: dict[str, Any]) -> list[str]:
    """From the dashboard to the page after the last question; returns the questions asked."""
    prescriber.press("Start a new request")
    timing = {"requested_start_date": f"{asked_for(7):%m/%d/%Y}", "urgency": "standard"}
    for data in (PATIENT, PRESCRIBER, DIAGNOSIS, TREATMENT, timing):
        prescriber.fill(data)
        prescriber.press("Save and continue")
    asked: list[str] = []
    while "/questions/" in prescriber.page.url:
        names = prescriber.questions()
        prescriber.fill({name: case[name] for name in names})
        asked += names
        prescriber.press("Save and continue")
    return asked


def submit(prescriber: Person) -> Request:
    prescriber.go(prescriber.page.locator("main form button[type=submit]").filter(has_text="ubmit").first)
    assert prescriber.page.url.endswith("/submitted/")
    return Request.objects.get()


def open_case(reviewer: Person, request: Request) -> None:
    reviewer.page.goto("/admin/")
    reviewer.follow(request.reference)


def pdf_text(person: Person, letter_url: str) -> tuple[str, int]:
    response = person.context.request.get(letter_url.rstrip("/") + ".pdf")
    assert response.headers["content-type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(response.body()))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split()), len(reader.pages)


def open_letter(prescriber: Person, request: Request) -> str:
    prescriber.page.goto(f"/requests/{request.pk}/")
    address = prescriber.page.locator("main a[href*='/letters/']:not([href$='.pdf'])").first.get_attribute("href")
    prescriber.page.goto(address)
    return str(address)


@pytest.mark.parametrize("pathway", list(PATHWAYS))
def test_from_the_first_question_to_the_letter(at_a_browser: Any, people: dict[str, User], pathway: str) -> None:
    prescriber = at_a_browser("prescriber")
    asked = fill_wizard(prescriber, CASES[pathway])
    assert sorted(asked) == sorted(CASES[pathway])
    assert prescriber.heading() == "Check your answers"
    assert PATHWAYS[pathway] in prescriber.text()
    request = submit(prescriber)
    assert request.reference in prescriber.text()

    reviewer = at_a_browser("reviewer")
    open_case(reviewer, request)
    assert PATHWAYS[pathway] in reviewer.text()
    reviewer.follow("Approve")
    reviewer.press("Continue to the letter")
    reviewer.press("Approve and send the letter")
    authorization = Authorization.objects.get()
    start = asked_for(7)
    assert (authorization.start, authorization.valid_through) == (start, valid_through(start))
    assert authorization.renewal_date == renewal_date(start)
    assert Determination.objects.get().policy_version == "2025-09-04"

    address = open_letter(prescriber, request)
    shown = " ".join(prescriber.page.inner_text("body").split())
    printed, pages = pdf_text(prescriber, address)
    assert 1 <= pages <= 3
    day = renewal_date(start)
    for fact in (authorization.number, f"{day:%B} {day.day}, {day.year}", "J9207", "75", "section IV", "IC-0072"):
        assert fact in shown, fact
        assert fact in printed, fact
    assert PATHWAYS[pathway].split(",")[0] in printed

    manager = at_a_browser("manager")
    today = timezone.localdate().isoformat()
    file = manager.context.request.get(f"/reports/requests.csv?start={today}&end={today}")
    assert file.ok
    (row,) = csv.DictReader(io.StringIO(file.body().decode("utf-8-sig")))
    assert request.reference in row.values()
    assert authorization.number in row.values()
    assert renewal_date(start).isoformat() in row.values()


def test_a_denial_names_its_reason_and_the_way_to_appeal(at_a_browser: Any) -> None:
    prescriber = at_a_browser("prescriber")
    fill_wizard(prescriber, FAILS)
    assert prescriber.page.url.endswith("/outcome/")
    assert "earlier than fourth-line" in prescriber.text()
    prescriber.page.locator("main textarea").fill("No other option is left for this patient.")
    prescriber.go(prescriber.page.locator("main form button[type=submit]").first)
    request = submit(prescriber)

    director = at_a_browser("director")
    open_case(director, request)
    director.follow("Deny")
    director.page.locator("input[name=reasons][value=fourth_line_or_later]").check()
    director.page.locator("main textarea[name=rationale]").fill("Reviewed the record: this is second-line treatment.")
    director.press("Continue to the letter")
    assert "earlier than fourth-line" in director.text()
    director.press("Deny and send the letter")
    assert Request.objects.get().state == "denied"

    address = open_letter(prescriber, request)
    printed, _ = pdf_text(prescriber, address)
    for fact in ("earlier than fourth-line", "Line of therapy: 2", "Section III", "appeal"):
        assert fact in printed, fact
        assert fact in " ".join(prescriber.page.inner_text("body").split()), fact


def test_a_pended_request_is_answered_and_then_approved(at_a_browser: Any) -> None:
    prescriber = at_a_browser("prescriber")
    fill_wizard(prescriber, CASES["tnbc_subsequent"])
    request = submit(prescriber)

    reviewer = at_a_browser("reviewer")
    open_case(reviewer, request)
    reviewer.follow("Request information")
    reviewer.page.locator("main textarea").first.fill("Please send the pathology report with the PR result.")
    reviewer.press("Continue to the letter")
    reviewer.press("Request the information")
    assert Request.objects.get().state == "pended"

    prescriber.page.goto(f"/requests/{request.pk}/")
    assert "pathology report with the PR result" in prescriber.text()
    prescriber.page.locator("main textarea[name=response]").fill("PR is 0% in the report of March 3.")
    prescriber.go(prescriber.page.locator("main form:has(textarea[name=response]) button[type=submit]"))
    assert Request.objects.get().state == "submitted"
    assert queries.submissions_of(request).count() == 2

    open_case(reviewer, request)
    assert "PR is 0% in the report" in reviewer.text()
    reviewer.follow("Approve")
    reviewer.press("Continue to the letter")
    reviewer.press("Approve and send the letter")
    assert Request.objects.get().state == "approved"
    assert [each.decision for each in Determination.objects.order_by("decided_at")] == ["pended", "approved"]
