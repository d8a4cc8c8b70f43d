"""The manager's pages in a real browser: accessible, readable at 320 px, usable by keyboard, and saved as a file."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.records.conftest import build_world
from tests.reports.making import at_random, write


@pytest.fixture
def world(live_server: Any) -> SimpleNamespace:
    made = build_world()
    write(made, at_random(150, seed=5, now=timezone.now(), days=200))
    return made


def sign_in(page: Any, live_server: Any, user: Any) -> None:
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])


PAGES = {
    "overview": "/reports/",
    "overview-in-error": "/reports/?from=13/45/2026&to=soon",
    "overview-empty": "/reports/?from=2001-01-01&to=2001-02-01",
    "requests": "/reports/requests/",
    "requests-narrowed": "/reports/requests/?state=denied&business=commercial",
    "definitions": "/reports/definitions/",
}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_and_fits_every_width(
    page: Any, live_server: Any, world: SimpleNamespace, axe: Any, screenshot: Any, name: str
) -> None:
    sign_in(page, live_server, world.manager)
    assert page.goto(PAGES[name]).status == (422 if "error" in name else 200)
    assert page.locator("h1").count() == 1
    assert axe(page) == []
    screenshot(page, f"reports-{name}")
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe(page) == []
    screenshot(page, f"reports-{name}-320")
