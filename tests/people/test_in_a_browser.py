"""The pages of people, by keyboard and at every width, as axe sees them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from pa_portal.accounts import managing
from tests.records.making import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def test_pages_are_right_at_every_width(
    page: Any, axe: Any, screenshot: Any, world: SimpleNamespace, settings: Any
) -> None:
    settings.NOTICE_BASE_URL = "https://portal.example/"
    page.goto("/accounts/sign-in/?next=/people/")
    page.locator("input[type=email]").fill(world.clinic_manager.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("First name").fill("Kim")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("There is a problem").wait_for()
    look(page, axe, screenshot, "people-invite-refused")
    page.get_by_role("link", name="Enter the last name.").click()
    page.keyboard.type("Roy-Vandenbroucke-Featherstonehaugh")
    page.get_by_label("E-mail address").fill("kim.roy-vandenbroucke.featherstonehaugh@riverbend-oncology.example")
    page.get_by_label("Role").select_option("prescriber")
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("is invited").wait_for()
    look(page, axe, screenshot, "people-invited")
    page.get_by_role("link", name="Deactivate").click()
    look(page, axe, screenshot, "people-deactivate")
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_text("cannot sign in any more").wait_for()
    look(page, axe, screenshot, "people-deactivated")
    Authenticator.objects.create(user=world.staff, type="webauthn", data={})
    page.goto(f"/people/{world.staff.pk}/")
    page.get_by_role("link", name="Reset the second step").press("Enter")
    look(page, axe, screenshot, "people-reset")
    page.get_by_role("button", name="Reset the second step").press("Enter")
    page.get_by_text("They set up a new one when they sign in next").wait_for()
    managing.deactivate(by=world.clinic_manager, person_id=world.staff.pk)
    page.goto("/people/")
    look(page, axe, screenshot, "people")


def look(page: Any, axe: Any, screenshot: Any, name: str) -> None:
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        screenshot(page, f"{name}-{width}")
