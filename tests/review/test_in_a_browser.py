"""The review in a real browser: each decision from the queue to the letter, by keyboard, accessible at every width."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from pa_portal.demo import cases
from pa_portal.determinations import actions as determinations
from pa_portal.determinations.models import AppealOutcome, Authorization, Determination
from tests.determinations import making
from tests.determinations.conftest import build_wider_world
from tests.records.making import day, in_state, submitted
from tests.review.desk import QUEUE, act_path, case_path

WIDTHS = {"wide": 1280, "320": 320}
WHY = "Discussed with the prescriber on the telephone."


@pytest.fixture
def world(live_server: Any) -> SimpleNamespace:
    return build_wider_world()


@pytest.fixture
def look(page: Any, axe: Any, screenshot: Any) -> Any:
    """``look("name")`` holds the open page to the rules at both widths, and keeps a picture of each."""

    def check(name: str) -> None:
        for label, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            screenshot(page, f"review-{name}-{label}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width} px"
            assert axe(page) == [], f"{name} at {width} px"
            assert page.locator("h1").count() == 1, name
        page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})

    return check


@pytest.fixture
def review(page: Any, live_server: Any, world: SimpleNamespace) -> Any:
    """The page, with a medical director signed in."""
    return signed_in(page, live_server, world.director)


def signed_in(page: Any, live_server: Any, user: Any) -> Any:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return page


def tab_to(page: Any, name: str) -> None:
    """Press Tab until the control with this name has the focus, as somebody without a mouse does."""
    for _ in range(120):
        page.keyboard.press("Tab")
        said = page.evaluate("document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || ''")
        if said.strip().startswith(name):
            return
    pytest.fail(f"{name!r} cannot be reached by keyboard")


def test_approving_by_keyboard_alone(review: Any, world: SimpleNamespace, look: Any) -> None:
    request = submitted(world, diagnosis="C79.81")
    review.goto(QUEUE)
    tab_to(review, request.reference)
    review.keyboard.press("Enter")
    review.wait_for_url(f"**{case_path(request)}")
    tab_to(review, "Approve")
    review.keyboard.press("Enter")
    review.wait_for_url("**/approve/**")
    look("approve")
    tab_to(review, "Continue")
    review.keyboard.press("Enter")
    review.locator("#error-summary:focus").wait_for()
    assert review.title().startswith("Error: ")
    look("approve-error")
    review.keyboard.press("Tab")
    review.keyboard.press("Enter")
    assert review.evaluate("document.activeElement.id") == "id_rationale"
    review.keyboard.type(WHY)
    tab_to(review, "Continue")
    review.keyboard.press("Enter")
    review.get_by_role("heading", name="Check the approval").wait_for()
    look("approve-check")
    tab_to(review, "Approve and send the letter")
    review.keyboard.press("Enter")
    review.wait_for_url(f"**{case_path(request)}")
    number = Authorization.objects.get().number
    assert number in review.get_by_role("status").inner_text()
    look("case-approved")
    review.get_by_role("link", name="Approval letter", exact=True).click()
    assert number in review.content()


def test_signing_a_denial_that_was_recommended(review: Any, world: SimpleNamespace, look: Any) -> None:
    request = submitted(world, answers=cases.TDXD_STILL_AN_OPTION, rationale="She prefers to be treated near her home.")
    determinations.recommend_denial(
        by=world.reviewer,
        request_id=request.pk,
        version=request.version,
        reasons=["not_tdxd_candidate"],
        rationale="No contraindication is described.",
    )
    review.goto(case_path(request))
    look("case-recommended")
    review.get_by_role("link", name="Deny", exact=True).click()
    look("deny")
    chosen = review.get_by_label("Patient is not a candidate").first
    assert chosen.is_checked()
    chosen.uncheck()
    review.get_by_label("Rationale").fill("")
    review.get_by_role("button", name="Continue to the letter").click()
    look("deny-error")
    review.get_by_label("Patient is not a candidate").first.check()
    review.get_by_label("Rationale").fill(WHY)
    review.get_by_role("button", name="Continue to the letter").click()
    review.get_by_role("heading", name="Check the denial").wait_for()
    look("deny-check")
    review.get_by_role("button", name="Change").click()
    assert review.get_by_label("Rationale").input_value() == WHY
    review.get_by_role("button", name="Continue to the letter").click()
    review.get_by_role("button", name="Deny and send the letter").click()
    review.wait_for_url(f"**{case_path(request)}")
    assert Determination.objects.get().decision == "denied"


def test_asking_for_information(review: Any, world: SimpleNamespace, look: Any) -> None:
    request = submitted(world, answers=cases.NOT_TESTED, rationale="Testing was sent last week.")
    review.goto(case_path(request))
    review.get_by_role("link", name="Request information").click()
    look("pend")
    review.get_by_label("PD-L1 combined positive score.").check()
    review.get_by_role("button", name="Continue to the letter").click()
    review.get_by_role("button", name="Request the information").click()
    review.wait_for_url(f"**{case_path(request)}")
    assert Determination.objects.get().decision == "pended"


def test_lists_and_what_a_colleague_decided_first(review: Any, world: SimpleNamespace, look: Any) -> None:
    review.goto(QUEUE)
    look("queue-empty")
    submitted(world, urgency="expedited", urgency_reason="The first dose is due this week.")
    for state in ("pended", "approved", "denied"):
        in_state(world, state)
    request = submitted(world, answers=cases.ER_LOW_POSITIVE)
    review.goto(QUEUE)
    look("queue")
    review.get_by_label("Find a request").fill("quintana")
    review.get_by_role("button", name="Find").click()
    look("found")
    assert "quintana" not in review.url.lower()
    for name in ("Decisions", "Authorizations"):
        review.get_by_role("link", name=name).click()
        look(name.lower())
    review.get_by_role("link", name="Letters to mail").click()
    look("mail")
    review.get_by_label("Print: Denial").check()
    review.get_by_role("button", name="Print the chosen").click()
    look("mail-print")
    with review.context.expect_page() as opened:
        review.get_by_role("button", name="Open the PDF").click()
    assert opened.value.url.endswith("/print/pdf/")
    opened.value.close()
    review.goto(act_path(request, "approve"))
    review.get_by_label("Rationale").fill(WHY)
    determinations.approve(by=world.reviewer, request_id=request.pk, version=request.version, start=day(7))
    review.get_by_role("button", name="Continue to the letter").click()
    assert "Dora Testcase acted on this request first" in review.get_by_role("alert").inner_text()
    assert review.get_by_text(WHY).is_visible()
    look("overtaken")


def test_appeals_calls_and_void_authorizations(page: Any, live_server: Any, world: SimpleNamespace, look: Any) -> None:
    appealed, talking, approved = submitted(world), submitted(world), in_state(world, "approved")
    making.appeal(world, appealed)
    making.ask_for_call(world, talking)
    review = signed_in(page, live_server, world.second_director)
    review.goto(QUEUE)
    review.get_by_role("link", name="Appeals").click()
    look("appeals")
    review.get_by_role("link", name=appealed.reference).click()
    look("case-appealed")
    review.get_by_role("link", name="Keep the decision").click()
    look("uphold")
    review.get_by_label("Explanation").fill("The new report says the same.")
    review.get_by_label("Rationale").fill(WHY)
    review.get_by_role("button", name="Continue to the letter").click()
    look("uphold-check")
    review.get_by_role("button", name="Keep the decision and send the letter").click()
    review.wait_for_url(f"**{case_path(appealed)}")
    look("case-answered")
    review.goto(act_path(talking, "schedule"))
    review.get_by_role("button", name="Continue to the notice").click()
    look("schedule-error")
    review.goto(case_path(approved))
    review.get_by_role("link", name="Make the authorization void").click()
    look("void")
    for act in ("extend", "call"):
        review.goto(act_path(submitted(world), act))
        look(act)
    review.goto(f"{live_server.url}/admin/policies/")
    look("policies")
    review.get_by_role("link", name="Version 2025-09-04").click()
    look("policy")
    assert AppealOutcome.objects.get().kind == "upheld"
