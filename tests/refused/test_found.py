"""What the generated requests have found, one by one."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pa_portal.http.wsgi import readable, readable_alone
from tests.records.conftest import build_world


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return build_world()


NO_PASSKEY = (
    "1" * 5000,
    "[" * 100_000,
    '{"a":' * 50_000,
    "NaN",
    "null",
    "[]",
    '{"id": 1}',
    '{"id": "x", "rawId": "x", "response": []}',
    '{"id": "\\ud800", "rawId": "AA", "response": {"clientDataJSON": "\\ud800"}}',
    json.dumps({"rawId": "é", "response": {"clientDataJSON": "W10="}}),
    "",
)


@pytest.mark.parametrize("sent", NO_PASSKEY, ids=lambda sent: sent[:20])
def test_what_is_no_passkeys_answer_signs_nobody_in(client: Client, world: SimpleNamespace, sent: str) -> None:
    response: Any = client.post(reverse("mfa_login_webauthn"), {"credential": sent})
    assert (response.status_code, response["Location"]) == (302, "/accounts/sign-in/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("sent", NO_PASSKEY, ids=lambda sent: sent[:20])
@pytest.mark.parametrize("name", ["mfa_add_webauthn", "mfa_reauthenticate_webauthn"])
def test_what_is_no_passkeys_answer_is_refused_to_those_signed_in(
    client: Client, world: SimpleNamespace, name: str, sent: str
) -> None:
    client.force_login(world.prescriber)
    assert client.post(reverse(name), {"credential": sent, "name": "x"}).status_code < 500


@pytest.mark.parametrize(
    ("meta", "read"),
    [
        ({}, True),
        ({"CONTENT_LENGTH": ""}, True),
        ({"CONTENT_LENGTH": "17"}, True),
        ({"CONTENT_TYPE": "text/plain; charset=UTF-8"}, True),
        ({"CONTENT_TYPE": 'text/plain; charset="utf-8"'}, True),
        ({"CONTENT_TYPE": "multipart/form-data; boundary=x"}, True),
        ({"CONTENT_LENGTH": "abc"}, False),
        ({"CONTENT_LENGTH": "-1"}, False),
        ({"CONTENT_LENGTH": "1.5"}, False),
        ({"CONTENT_LENGTH": "\xb2"}, False),
        ({"CONTENT_LENGTH": "9" * 5000}, False),
        ({"CONTENT_TYPE": "text/plain; charset=rot13"}, False),
        ({"CONTENT_TYPE": "text/plain; charset=utf-7"}, False),
        ({"CONTENT_TYPE": "text/plain; charset=unicode_escape"}, False),
        ({"CONTENT_TYPE": "text/plain; charset*=no-such''x"}, False),
    ],
)
def test_what_django_would_fail_on_is_refused_in_front_of_it(meta: dict[str, str], read: bool) -> None:
    said: list[Any] = []
    body = readable_alone(lambda environ, start: [b"in"])(meta, lambda *given: said.append(given))
    assert readable(meta) is read
    assert (list(body) == [b"in"]) is read
    assert said == [] or said[0][0] == "400 Bad Request"
