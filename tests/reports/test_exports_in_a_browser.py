"""Exports in a real browser: accessible and readable at 320 px, and the way from asking for a file to having it."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from pa_portal.accounts.actions import appoint_privacy_officer
from pa_portal.accounts.models import User
from pa_portal.exports import actions
from pa_portal.exports.models import Export
from tests.jobs.conftest import work_off
from tests.records.conftest import build_world
from tests.reports.making import at_random, write
from tests.reports.test_in_a_browser import sign_in

WHAT = actions.What("determinations", "xlsx", "data=determinations&for=determinations&column=reference", True)


@pytest.fixture
def world(live_server: Any, work: Callable[[], None], settings: Any, tmp_path: Path) -> SimpleNamespace:
    settings.EXPORT_ROOT = tmp_path / "exports"
    settings.EXPORT_FOLDER = str(tmp_path / "folder")
    made = build_world()
    write(made, at_random(40, seed=5, now=timezone.now(), days=200))
    appoint_privacy_officer(by=None, user=made.manager)
    for frequency, delivery in (("daily", "email"), ("monthly", "folder")):
        actions.schedule(by=made.manager, what=WHAT, frequency=frequency, delivery=delivery)
    for state in Export.State.values:
        export = actions.ask(by=made.manager, what=WHAT, expected=1_234_567)
        now = timezone.now()
        Export.objects.filter(pk=export.pk).update(
            state=state,
            rows=0 if state == "queued" else 456_789,
            size=45_678_901,
            stored_name="0" * 40 if state == "ready" else "",
            problem="Something went wrong. Ask for it again; if it happens twice, tell us."
            if state == "failed"
            else "",
            expires_at=now + datetime.timedelta(days=1) if state in ("ready", "expired") else None,
        )
        setattr(made, f"{state}_export", export)
    return made


PAGES = {
    "exports": "/reports/exports/",
    "choose": "/reports/exports/new/",
    "choose-audit": "/reports/exports/new/?data=audit",
    "choose-in-error": "/reports/exports/new/?for=requests&from=x&to=1/1/2026",
    "schedule": "/reports/exports/schedules/new/?data=letters&patients=1",
    "schedule-undated": "/reports/exports/schedules/new/?by=any",
}


def test_every_page_is_accessible_and_fits_every_width(
    page: Any, live_server: Any, world: SimpleNamespace, axe: Any, screenshot: Any, settings: Any
) -> None:
    sign_in(page, live_server, world.manager)
    files = {state: f"/reports/exports/{getattr(world, f'{state}_export').pk}/" for state in Export.State.values}
    for name, address in {**PAGES, **files, "long": "/reports/exports/file.xlsx?patients=1"}.items():
        settings.EXPORT_AT_ONCE_ROWS = 0 if name == "long" else 20_000
        page.set_viewport_size({"width": 1280, "height": 900})
        assert page.goto(address).status == (422 if "error" in name else 200)
        assert page.locator("h1").count() == 1
        if name.startswith("choose"):
            page.get_by_text("Columns", exact=True).first.click()
        assert axe(page) == [], name
        screenshot(page, f"exports-{name}")
        page.set_viewport_size({"width": 320, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name
        assert axe(page) == [], name
        screenshot(page, f"exports-{name}-320")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_long_file_from_the_click_to_the_disk(
    browser: Any, live_server: Any, world: SimpleNamespace, settings: Any, scripts: bool
) -> None:
    settings.EXPORT_AT_ONCE_ROWS = 5
    context = browser.new_context(base_url=live_server.url, java_script_enabled=scripts)
    page = context.new_page()
    sign_in(page, live_server, world.manager)
    page.goto("/reports/exports/")
    page.get_by_role("link", name="New export").click()
    page.get_by_label("What").select_option("determinations")
    page.get_by_role("button", name="Update").click()
    page.get_by_text("Columns", exact=True).first.click()
    page.get_by_label("Decided at").uncheck()
    total = page.locator("#total-title").inner_text()
    page.get_by_role("button", name="Make CSV…").click()
    page.get_by_role("button", name="Make the file").click()
    assert page.get_by_role("heading", name="Waiting").is_visible()
    address = page.url
    work_off()
    if not scripts:
        page.get_by_role("link", name="Check again").click()
    page.get_by_role("heading", name="Ready").wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download").click()
    content = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert total == f"{len(rows)} determinations"
    assert "decided_at" not in rows[0]
    other = User.objects.create(
        email="colleague@portal.example", first_name="C", last_name="C", role="manager", organization=world.plan
    )
    sign_in(page, live_server, other)
    assert page.goto(address).status == 404
    assert page.request.get(f"{address}file/").status == 404
    context.close()


def test_a_schedule_by_keyboard(page: Any, live_server: Any, world: SimpleNamespace) -> None:
    sign_in(page, live_server, world.manager)
    page.goto("/reports/exports/new/?data=letters")
    page.get_by_role("button", name="Make it regularly…").focus()
    page.keyboard.press("Enter")
    page.get_by_label("How often").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Make it regularly").focus()
    page.keyboard.press("Enter")
    made = page.get_by_role("heading", name="Letters index, CSV, every week")
    made.wait_for()
    page.get_by_role("button", name="Pause Letters index").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Paused").wait_for()
