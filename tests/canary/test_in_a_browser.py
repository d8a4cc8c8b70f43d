"""What a real browser keeps of a patient after their pages were open: nothing, not even behind the Back button."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error

from tests.canary.life import PATIENT, told
from tests.records.making import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

STORED = """async () => {
  const found = {local: {...localStorage}, session: {...sessionStorage}, cookies: document.cookie,
                 name: window.name, state: JSON.stringify(history.state), referrer: document.referrer};
  found.databases = indexedDB.databases ? (await indexedDB.databases()).map(each => each.name) : [];
  found.caches = 'caches' in window ? await caches.keys() : [];
  found.workers = navigator.serviceWorker ? (await navigator.serviceWorker.getRegistrations()).length : 0;
  found.resources = performance.getEntries().map(each => each.name);
  return found;
}"""


def test_a_browser_keeps_nothing(page: Any, world: SimpleNamespace) -> None:
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request))
    page.goto("/accounts/sign-in/")
    page.locator("input[type=email]").fill(world.prescriber.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Start a new request").click()
    for name, value in {**PATIENT, "plan": str(world.plan.pk)}.items():
        control = page.locator(f"main [name='{name}']").first
        if control.get_attribute("type") == "radio":
            page.locator(f"main [name='{name}'][value='{value}']").check()
        elif control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_role("heading", name="Prescriber", level=1).wait_for()
    page.goto("/requests/")
    page.get_by_text("Kanarylast").first.wait_for()
    page.get_by_label("Start for a patient").fill("kanarylast")
    page.get_by_role("button", name="Find").click()
    page.get_by_text("Kanarylast").first.wait_for()
    kept = page.evaluate(STORED)
    assert (kept["local"], kept["session"]) == ({}, {})
    assert (kept["databases"], kept["caches"], kept["workers"]) == ([], [], 0)
    assert told(str(kept)) == []
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/sign-in/")
    for _ in range(3):
        with suppress(Error):  # what was posted is not in the cache, says the browser
            page.go_back()
        assert told(settled(page)) == [], "the page before is still there for whoever comes next"
    for request in asked:
        headers = request.all_headers()
        assert urlsplit(request.url).hostname in ("localhost", "127.0.0.1"), request.url
        assert told(request.url) == []
        assert told(str({name: value for name, value in headers.items() if name != "content-length"})) == []


def settled(page: Any) -> str:
    """Return the page's content once no navigation takes it away while it is read."""
    for _ in range(20):
        page.wait_for_load_state()
        with suppress(Error):
            return str(page.content())
    raise AssertionError("The page never stays.")
