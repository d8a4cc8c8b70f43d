"""The letter page in a real browser: accessible, and readable on a phone whatever a name holds."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from pa_portal.determinations.models import Letter
from tests.records.conftest import build_world
from tests.records.making import in_state, submitted

HOSTILE_RATIONALE = "W" * 300 + " <script>alert(1)</script> محمد"


@pytest.fixture
def world(live_server):
    return build_world()


def open_letter(page, live_server, user, letter):
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [
            {
                "name": settings.SESSION_COOKIE_NAME,
                "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )
    page.goto(f"/letters/{letter.pk}/")


@pytest.mark.parametrize("state", ["approved", "denied", "pended"])
def test_letter_is_accessible_and_fits_every_width(page, live_server, world, axe, screenshot, state):
    letter = Letter.objects.get(determination__request=in_state(world, state))
    open_letter(page, live_server, world.prescriber, letter)
    assert page.locator("h1").count() == 1
    assert axe(page) == []
    screenshot(page, f"letter-{state}")
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe(page) == []
    screenshot(page, f"letter-{state}-320")


def test_long_hostile_text_does_not_widen_the_page_or_run(page, live_server, world):
    from pa_portal.determinations import actions
    from tests.records.making import day

    request = submitted(world)
    determination = actions.pend(
        by=world.reviewer,
        request_id=request.pk,
        version=request.version,
        information_needed=HOSTILE_RATIONALE,
        respond_by=day(7),
    )
    letter = Letter.objects.get(determination=determination)
    page.set_viewport_size({"width": 320, "height": 800})
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    open_letter(page, live_server, world.prescriber, letter)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.get_by_text("<script>alert(1)</script>").is_visible()
    assert dialogs == []
