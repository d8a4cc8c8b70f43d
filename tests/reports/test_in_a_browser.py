"""The manager's pages in a real browser: accessible, readable at 320 px, usable by keyboard, and saved as a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tests.records.conftest import build_world
from tests.records.making import in_state
from tests.reports.making import at_random, write
from tests.reports.test_files import rows_of


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
    "published": "/reports/published/",
    "published-in-error": "/reports/published/?year=1066",
    "impact": "/reports/impact/",
    "impact-in-error": "/reports/impact/?version=IC-0072+2025-09-04&from=soon&to=13/45/2026",
    "impact-shown": "/reports/impact/?version=IC-0072+2025-09-04&from=2025-01-01&to=2027-12-31&show=changed",
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


def test_one_request_is_accessible_and_fits_every_width(page: Any, live_server: Any, axe: Any, screenshot: Any) -> None:
    world = build_world()
    request = in_state(world, "approved")
    sign_in(page, live_server, world.manager)
    assert page.goto(f"/reports/requests/{request.pk}/").status == 200
    assert axe(page) == []
    screenshot(page, "reports-case")
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert axe(page) == []
    screenshot(page, "reports-case-320")


def test_a_manager_picks_days_sees_counts_and_takes_the_file_away(
    page: Any, live_server: Any, world: SimpleNamespace
) -> None:
    sign_in(page, live_server, world.manager)
    page.goto("/")
    assert page.url.endswith("/reports/")
    page.get_by_label("From").fill("1/1/2020")
    page.get_by_label("To", exact=True).fill("12/31/2099")
    page.get_by_role("button", name="Update").click()
    assert page.get_by_role("heading", name="January 1, 2020 to December 31, 2099").is_visible()
    # The table of states: the row of denials, and its list.
    row = page.get_by_role("region", name="Requests by state and engine outcome").get_by_role("row", name="Denied")
    denied = row.get_by_role("link").last
    count = int(denied.inner_text().split()[0])
    denied.click()
    assert page.get_by_role("heading", name=f"{count} requests").is_visible()
    page.get_by_label("Name patients and member IDs in the file").check()
    for name, form in (("Download CSV", "csv"), ("Download Excel", "xlsx")):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=name).click()
        assert waiting.value.suggested_filename == f"requests-2020-01-01-to-2099-12-31.{form}"
        content = Path(waiting.value.path()).read_bytes()
        if form == "csv":
            rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        else:
            rows = rows_of(openpyxl.load_workbook(io.BytesIO(content))["Requests"])
        assert len(rows) == count
        assert {row["state"] for row in rows} == {"denied"}
        assert all(row["member_id"] == "PMH1001" for row in rows)
    # From the list to one request.
    page.get_by_role("table").get_by_role("link").first.click()
    assert page.get_by_role("heading", name="As last submitted").is_visible()


def test_the_keyboard_is_enough(page: Any, live_server: Any, world: SimpleNamespace) -> None:
    sign_in(page, live_server, world.manager)
    page.goto("/reports/?from=2020-01-01&to=2099-12-31")
    page.get_by_label("From").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("nonsense")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    # The summary has the focus, and its link leads to the field.
    assert page.evaluate("document.activeElement.id") == "error-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_from"
    assert page.get_by_label("From").input_value() == "nonsense"
    page.keyboard.press("Control+a")
    page.keyboard.type("01/01/2020")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    summary = page.get_by_text("The numbers in a table")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("region", name="Requests over time, the numbers").is_visible()


def test_the_pages_work_without_scripts(browser: Any, live_server: Any, world: SimpleNamespace) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_server, world.manager)
    page.goto("/reports/")
    page.get_by_text("More filters").click()
    page.get_by_label("Urgency").select_option("expedited")
    page.get_by_role("button", name="Update").click()
    assert page.get_by_text("Urgency: Expedited").is_visible()
    page.get_by_role("link", name="Remove Urgency").click()
    assert page.get_by_text("Urgency: Expedited").count() == 0
    context.close()
