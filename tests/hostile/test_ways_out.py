"""No address here leads to another host, whatever stands in it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.hostile.addresses import every_address
from tests.hostile.portal import EXPLORERS, Portal
from tests.hostile.requests import URLENCODED
from tests.hostile.test_get_changes_nothing import _value

pytestmark = pytest.mark.django_db

NAMES = ("next", "url", "redirect", "return", "return_to", "continue", "back", "to", "goto", "target", "_next")


@pytest.mark.parametrize("role", EXPLORERS)
def test_no_address_takes_a_way_out(portal: Portal, role: str) -> None:
    ids = portal.ids["ours"]
    for number, address in enumerate(every_address()):
        path = address.path({name: _value(ids, name, kind) for name, kind in address.parameters})
        trick = ("//evil.example/", "https://evil.example/", "/\\evil.example")[number % 3]
        query = urlencode(tuple((name, trick) for name in NAMES))
        meta = {"HTTP_REFERER": "https://evil.example/", "HTTP_HX_CURRENT_URL": "https://evil.example/"}
        assert_here(portal.send(role, "GET", path, query=query, **meta))
        assert_here(portal.send(role, "POST", path, body=query.encode(), content_type=URLENCODED, **meta))


@pytest.mark.parametrize(
    "path", ["//evil.example/", "//evil.example", "///evil.example/..", "/\\evil.example", "/%5cevil.example/"]
)
def test_no_path_is_taken_for_a_host(portal: Portal, path: str) -> None:
    assert_here(portal.send("prescriber", "GET", path))


def assert_here(response: Any) -> None:
    assert response.status_code in (503, *range(200, 500)), (
        "an accident"
    )  # not ready, says the probe of a test's database
    for header in ("Location", "HX-Redirect", "HX-Location", "HX-Push-Url", "Refresh", "Content-Location"):
        # A browser leaves these out, so that what stood between two slashes is gone.
        leads = re.sub(r"[\t\r\n]", "", response.headers.get(header, "")).strip()
        assert urlsplit(leads).netloc in ("", "testserver"), leads
        assert urlsplit(leads).scheme in ("", "http"), leads
        assert not leads.startswith(("//", "/\\", "\\")), leads
