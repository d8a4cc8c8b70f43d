"""The plan's days in a real browser: a nurse from the queue to a letter, a director's denial and its appeal, two
reviewers at one case, and a manager's settings. Each page that is met on the way is accessible, wide and at 320 px.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from criteria import catalog
from pa_portal.demo import cases
from pa_portal.determinations import actions
from pa_portal.determinations.models import Determination, Note
from pa_portal.submissions.models import Request
from tests.determinations import making
from tests.determinations.conftest import build_wider_world
from tests.records.making import submitted
from tests.review.desk import QUEUE, act_path, case_path

WIDTHS = {"wide": 1280, "320": 320}
QUESTION = "On which day was the last cycle of the anthracycline?"
NOTE = "The month alone is in the report."
WHY = "Discussed with the prescriber on the telephone."


@pytest.fixture
def world(live_server: Any) -> SimpleNamespace:
    return build_wider_world()


@pytest.fixture
def sits_down(browser: Any, live_server: Any) -> Iterator[Callable[[Any], Any]]:
    """``sits_down(user)``: a page in a browser of their own, with them signed in."""
    contexts = []

    def at(user: Any) -> Any:
        client = Client()
        client.force_login(user)
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900}, locale="en-US")
        context.set_default_timeout(30_000)
        name = settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        contexts.append(context)
        return context.new_page()

    yield at
    for context in contexts:
        context.close()


@pytest.fixture
def look(axe: Any, screenshot: Any) -> Callable[[Any, str], None]:
    """``look(page, "name")`` holds an open page to the rules at both widths, and keeps a picture of each."""

    def check(page: Any, name: str) -> None:
        for label, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            screenshot(page, f"journey-{name}-{label}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width} px"
            assert axe(page) == [], f"{name} at {width} px"
        page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})

    return check


def press(page: Any, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def follow(page: Any, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=True).first.click()


def said(page: Any) -> str:
    return str(page.locator("main").inner_text())


def test_a_nurse_asks_hears_back_and_approves_less(world: SimpleNamespace, sits_down: Any, look: Any) -> None:
    request = submitted(world)
    page = sits_down(world.reviewer)
    page.goto(QUEUE)
    press(page, "Take the next request")
    assert page.url.endswith(case_path(request))

    page.get_by_label("New note").fill(NOTE)
    press(page, "Keep the note")
    page.get_by_label("New message").fill(QUESTION)
    press(page, "Send to the provider")
    assert "Not read yet" in said(page)
    look(page, "case-with-messages")

    follow(page, "Request information")
    page.get_by_label("What the provider needs to send").fill("The date of the last anthracycline cycle")
    press(page, "Continue to the letter")
    assert "We need more information to decide your request" in said(page)
    assert "The date of the last anthracycline cycle" in said(page)
    press(page, "Request the information")

    request.refresh_from_db()
    actions.send_message(by=world.prescriber, request_id=request.pk, body="It was on October 2.")
    actions.respond_to_pend(**making.on(request, world.prescriber), response="October 2.")
    page.goto(QUEUE)
    look(page, "queue-with-a-message")
    follow(page, "1 with a new message")
    follow(page, request.reference)
    assert "It was on October 2." in said(page)
    assert NOTE in said(page)

    follow(page, "Approve")
    page.get_by_text("Approve less than was asked for").click()
    page.get_by_label("Doses").fill("4")
    page.get_by_label("Reason for approving less").fill("The liver tests are to be seen again after four doses.")
    press(page, "Continue to the letter")
    assert "Approved with changes: Ixempra (ixabepilone)." in said(page)
    assert "You asked for 9. We approved 4." in said(page)
    press(page, "Approve and send the letter")
    assert Determination.objects.filter(request=request, decision="approved").get().modified
    follow(page, "Approval with changes letter")
    follow(page, "The patient’s copy")
    assert "1 Elm Street" in said(page)
    look(page, "patient-copy")


def test_a_denial_is_signed_appealed_and_kept(world: SimpleNamespace, sits_down: Any, look: Any) -> None:
    request = submitted(world, answers=cases.TDXD_STILL_AN_OPTION, rationale="Treated near her home.")
    actions.recommend_denial(
        **making.on(request, world.reviewer), reasons=["not_tdxd_candidate"], rationale="None is described."
    )
    page = sits_down(world.director)
    page.goto(QUEUE)
    follow(page, "State: Denial recommended")
    follow(page, request.reference)
    follow(page, "Deny")
    press(page, "Continue to the letter")
    assert "We did not approve your prior authorization request" in said(page)
    press(page, "Deny and send the letter")
    assert Request.objects.get().state == "denied"
    assert "Denying would need" not in said(page)

    actions.file_appeal(**making.on(request, world.prescriber), grounds=making.GROUNDS)
    appeals = "/admin/determinations/appeal/"
    page.goto(appeals)
    press(page, "Take the next appeal")
    assert "Nothing is waiting for you to take." in said(page)

    second = sits_down(world.second_director)
    second.goto(appeals)
    look(second, "appeals")
    press(second, "Take the next appeal")
    assert second.url.endswith(case_path(request))
    assert making.GROUNDS in said(second)
    follow(second, "Keep the decision")
    second.get_by_label("Explanation").fill("The new report says the same.")
    second.get_by_label("Rationale").fill(WHY)
    press(second, "Continue to the letter")
    assert "We looked at your appeal and keep our decision" in said(second)
    press(second, "Keep the decision and send the letter")
    assert "The appeal is answered" in said(second)
    follow(second, "Appeal: decision kept letter")
    assert "A medical director who had no part in the first decision reviewed it." in said(second)


def test_two_reviewers_at_once_one_wins_and_the_other_loses_no_text(
    world: SimpleNamespace, sits_down: Any, look: Any
) -> None:
    request = submitted(world)
    one, other = sits_down(world.reviewer), sits_down(world.second_reviewer)
    for page in (one, other):
        page.goto(act_path(request, "approve"))
        page.get_by_label("Rationale").fill(f"{WHY} {page is one}")
        press(page, "Continue to the letter")
    press(one, "Approve and send the letter")
    press(other, "Approve and send the letter")
    assert "Dora Testcase acted on this request first" in said(other)
    assert f"{WHY} False" in said(other)
    look(other, "decided-first")
    assert Determination.objects.count() == 1

    # The same of two messages.
    for page, text in ((one, QUESTION), (other, "Which dose was given?")):
        page.goto(case_path(request))
        page.get_by_label("New message").fill(text)
    press(one, "Send to the provider")
    press(other, "Send to the provider")
    assert "Dora Testcase wrote meanwhile" in said(other)
    assert other.get_by_label("New message").input_value() == "Which dose was given?"
    look(other, "wrote-first")
    other.get_by_label("New note").fill("")
    press(other, "Keep the note")
    look(other, "note-error")
    assert not Note.objects.exists()


def test_a_manager_sets_what_the_plan_goes_by(world: SimpleNamespace, sits_down: Any, look: Any) -> None:
    page = sits_down(world.manager)
    page.goto("/reports/")
    follow(page, "Plan settings")
    look(page, "plan-settings")
    follow(page, "Time to decide")
    follow(page, "Change Requests, Medicare, expedited")
    page.get_by_label("Hours until a decision").fill("30")
    press(page, "Save")
    look(page, "plan-time-error")
    page.get_by_label("Hours until a decision").fill("20")
    press(page, "Save")
    assert "Saved: Requests, Medicare, expedited." in said(page)
    look(page, "plan-times")
    page.goto("/plan/automatic/")
    look(page, "plan-automatic")
    follow(page, "Turn on automatic approval under IC-0072")
    press(page, "Turn on")
    look(page, "plan-automatic-error")
    page.get_by_label("I understand").check()
    press(page, "Turn on")
    assert "is on" in said(page)
    page.goto("/plan/letters/")
    page.get_by_label("Days to appeal").fill("90")
    look(page, "plan-letters")
    press(page, "Continue to a sample letter")
    assert "90 days from this letter" in said(page)
    look(page, "plan-letters-check")
    press(page, "Save")
    assert "Letters written from now on say this." in said(page)


def test_a_new_version_is_read_beside_the_old_one(
    world: SimpleNamespace, sits_down: Any, look: Any, monkeypatch: Any
) -> None:
    old = catalog.get("IC-0072", "2025-09-04")
    age, *rest = old.universal
    new = dataclasses.replace(
        old,
        version="2031-01-01",
        effective=datetime.date(2031, 1, 1),
        dosing=dataclasses.replace(old.dosing, max_units=80),
        universal=(dataclasses.replace(age, test=dataclasses.replace(age.test, years=21)), *rest[1:]),
    )
    monkeypatch.setattr(catalog, "versions", lambda policy_id, root=None: (old, new))
    page = sits_down(world.reviewer)
    page.goto("/admin/policies/IC-0072/2031-01-01/")
    look(page, "policy-tree")
    follow(page, "From version 2025-09-04 to this one")
    look(page, "policy-changes")
    for change in ("21 years or more", "At most 80 units", "Removed", rest[0].label):
        assert change in said(page)
