"""The end of a session: told beforehand, put off by a click, and never the end of what was typed."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from pa_portal.accounts.models import Session
from pa_portal.intake import kept
from pa_portal.submissions import queries
from tests.intake.wizard import PASSWORD, PATIENT, Wizard


def signed_out(wizard: Wizard) -> Client:
    """The same browser once its session has ended: the form's token is still there."""
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/sign-in/")
    client.cookies["csrftoken"] = wizard.client.cookies["csrftoken"].value
    return client


def send(client: Client, path: str, data: dict[str, Any]) -> Any:
    return client.post(path, {**data, "csrfmiddlewaretoken": client.cookies["csrftoken"].value})


def test_what_was_typed_before_the_session_ended_is_saved_after_signing_in_again(
    wizard: Wizard, prescriber: Any
) -> None:
    page = wizard.get("details/patient/")
    client = signed_out(wizard)
    told = wizard.read(send(client, page.path, {**page.values, **PATIENT}))
    assert told.status == 401
    assert "was not saved" in told.text
    assert "Okafor" not in told.text
    text = told.values["kept"][0]
    again = wizard.read(client.post("/requests/session/resume/", {"kept": text}))
    assert again.status == 401
    assert "You are not signed in yet" in again.text
    send(client, "/accounts/sign-in/", {"username": prescriber.email, "password": PASSWORD})
    offered = wizard.read(client.post("/requests/session/resume/", {"kept": text}))
    assert offered.status == 200
    assert offered.values["last_name"] == ["Okafor"]
    saved = client.post(page.path, offered.values)
    assert saved.status_code == 303
    assert queries.request_for(prescriber, wizard.id).patient.last_name == "Okafor"


def test_somebody_elses_sign_in_opens_nothing_of_it(wizard: Wizard, stranger: Any, reviewer: Any) -> None:
    page = wizard.get("details/patient/")
    text = wizard.read(send(signed_out(wizard), page.path, {**page.values, **PATIENT})).values["kept"][0]
    theirs = Client()
    theirs.force_login(stranger)
    offered = wizard.read(theirs.post("/requests/session/resume/", {"kept": text}))
    assert theirs.post(page.path, offered.values).status_code == 404
    theirs.force_login(reviewer)
    assert theirs.post("/requests/session/resume/", {"kept": text}).status_code == 404


def test_only_what_the_portal_has_signed_for_this_comes_back(wizard: Wizard) -> None:
    for text in ("", "nonsense", "\x00", signing.dumps(["https://evil.example/", []])):
        response = wizard.client.post("/requests/session/resume/", {"kept": text})
        assert response.status_code == 302
        assert response["Location"] == "/"


def test_what_was_typed_is_kept_for_half_a_day(monkeypatch: pytest.MonkeyPatch, wizard: Wizard) -> None:
    page = wizard.get("details/patient/")
    text = wizard.read(send(signed_out(wizard), page.path, page.values)).values["kept"][0]
    later = time.time() + kept.HOURS * 3600 + 1
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert wizard.client.post("/requests/session/resume/", {"kept": text}).status_code == 302


def test_the_session_says_how_long_it_lasts_and_is_extended_by_a_click(client: Any, staff: Any, reviewer: Any) -> None:
    assert client.get("/requests/session/").status_code == 401
    whole = 15 * 60
    for user in (staff, reviewer):
        client.force_login(user)
        assert whole - 5 <= client.get("/requests/session/").json()["seconds"] <= whole
        used(client, minutes_ago=10)
        assert client.get("/requests/session/").json()["seconds"] <= 5 * 60
        assert client.post("/requests/session/").json()["seconds"] >= whole - 5
        assert client.get("/requests/session/").json() == {"seconds": pytest.approx(whole, abs=5), "last": False}


def test_at_the_end_of_twelve_hours_it_says_that_nothing_extends_it(client: Any, staff: Any) -> None:
    client.force_login(staff)
    used(client, minutes_ago=1, started_minutes_ago=12 * 60 - 4)
    told = client.post("/requests/session/").json()
    assert (told["last"], told["seconds"]) == (True, pytest.approx(4 * 60, abs=5))


def used(client: Any, *, minutes_ago: int, started_minutes_ago: int | None = None) -> None:
    """As if the session had begun, and last been used, so long ago."""
    row = Session.objects.get(pk=client.session.session_key)
    row.started_at = timezone.now() - timedelta(minutes=started_minutes_ago or minutes_ago)
    row.seen_at = timezone.now() - timedelta(minutes=minutes_ago)
    row.expire_date = min(row.seen_at + timedelta(minutes=15), row.started_at + timedelta(hours=12))
    row.save()


def test_every_page_of_somebody_signed_in_says_when_the_session_ends(wizard: Wizard) -> None:
    assert re.search(r'data-seconds="(900|89\d)"', wizard.get("details/patient/").text)
    wizard.client.logout()
    assert "data-seconds" not in wizard.client.get("/accounts/sign-in/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_warning_shows_five_minutes_ahead_and_one_click_keeps_the_session(
    page: Any, axe: Any, screenshot: Any, prescriber: Any
) -> None:
    page.goto("/accounts/sign-in/")
    page.get_by_label("E-mail address").fill(prescriber.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.clock.install()
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/requests/")
    warning = page.get_by_role("alert")
    assert not warning.is_visible()
    seconds = int(page.locator("#session-warning").get_attribute("data-seconds"))
    page.route("**/requests/session/", lambda route: route.fulfill(json={"seconds": 299}), times=1)
    page.clock.fast_forward(1000 * (seconds - 299))
    page.get_by_text("You will be signed out in 5 minutes.").wait_for()
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 800})
        screenshot(page, f"intake-session-warning-{width}")
        assert axe(page) == []
    page.get_by_role("button", name="Stay signed in").click()
    warning.wait_for(state="hidden")
    page.route("**/requests/session/", lambda route: route.fulfill(status=401, json={"seconds": 0}), times=1)
    page.clock.fast_forward(1000 * seconds)
    page.get_by_text("You have been signed out.").wait_for()
