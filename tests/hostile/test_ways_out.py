"""No address here leads to another host, whatever stands in it."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.test import Client

from tests.hostile.addresses import every_address
from tests.hostile.portal import EXPLORERS, Portal
from tests.hostile.requests import URLENCODED
from tests.hostile.test_get_changes_nothing import _value
from tests.records.conftest import build_world
from tests.records.making import PASSWORD

pytestmark = pytest.mark.django_db

TRICKS = (
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "https://evil.example/",
    "HTTPS://evil.example",
    "http:evil.example",
    "https:/evil.example",
    "http:///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "//testserver@evil.example",
    "https://evil.example\\@testserver/",
    "http://testserver:80@evil.example",
    "/%2f%2fevil.example/..//evil.example",
    "http://[::1",
    "//\u3002evil\u3002example",
    "\u2044\u2044evil.example",
    "ftp://testserver/",
    "https:evil.example//testserver",
)
NAMES = ("next", "url", "redirect", "return", "return_to", "continue", "back", "to", "goto", "target", "_next")


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return build_world()


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("place", ["query", "form"])
def test_signing_in_leads_nowhere_else(client: Client, world: SimpleNamespace, trick: str, place: str) -> None:
    data = {"username": world.prescriber.email, "login": world.prescriber.email, "password": PASSWORD}
    if place == "form":
        response: Any = client.post("/accounts/sign-in/", {**data, "next": trick})
    else:
        response = client.post(f"/accounts/sign-in/?{urlencode({'next': trick})}", data)
    assert_here(response)


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
