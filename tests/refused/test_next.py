"""Signing in leads on to a page of this portal, whatever the address asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.hostile.test_ways_out import assert_here
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
