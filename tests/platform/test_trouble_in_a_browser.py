"""What a person sees when the database goes away under them, and that what they typed is sent again by one button."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from pa_portal.accounts.sessions import SessionStore
from pa_portal.submissions.models import Request
from tests.records.conftest import world  # noqa: F401
from tests.records.making import PASSWORD, draft

pytestmark = pytest.mark.django_db(transaction=True)


def gone(*_: object) -> None:
    raise OperationalError("the server closed the connection")


def test_the_database_goes_away_and_comes_back(
    page: Any,
    axe: Any,
    screenshot: Any,
    world: SimpleNamespace,  # noqa: F811
) -> None:
    request = draft(world)
    address = f"/requests/{request.pk}/details/diagnosis/"
    page.goto(f"/accounts/sign-in/?next={address}")
    page.locator("input[type=email]").fill(world.prescriber.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.locator("[name=diagnosis_code]").fill("C50.912")
    with pytest.MonkeyPatch.context() as away:
        away.setattr(SessionStore, "_get_session_from_db", gone)
        page.get_by_role("button", name="Save and continue").click()
        page.get_by_role("heading", name="This was not confirmed").wait_for()
        look(page, axe, screenshot, "503-sent")
        again = page.context.new_page()
        again.goto(address)
        again.get_by_role("heading", name="The portal cannot answer for a moment").wait_for()
        look(again, axe, screenshot, "503-asked")
        again.close()
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_url(lambda url: address not in url)
    assert Request.objects.get(pk=request.pk).diagnosis_code == "C50.912"


def look(page: Any, axe: Any, screenshot: Any, name: str) -> None:
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(page, f"{name}-{width}")
