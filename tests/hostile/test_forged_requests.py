"""Another site's page cannot make a signed-in browser do anything here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.hostile import values
from tests.hostile.addresses import address_of, every_address
from tests.hostile.portal import EXPLORERS, Form, Portal
from tests.hostile.requests import URLENCODED
from tests.hostile.test_get_changes_nothing import _value, state

pytestmark = pytest.mark.django_db

# Asked for no token, since they change nothing and know nothing of who asks.
CHANGE_NOTHING = {"public:check", "public:boxes", "intake:resume"}
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def post(portal: Portal, role: str, form: Form, **meta: str) -> Any:
    pairs = form.fields
    body, kind = values.urlencoded(pairs), URLENCODED
    if form.multipart:
        body, kind = values.multipart(pairs), f"multipart/form-data; boundary={values.BOUNDARY}"
    return portal.send(role, "POST", form.action.partition("?")[0], body=body, content_type=kind, csrf=True, **meta)


def test_no_form_works_without_its_token(portal: Portal) -> None:
    before, refused = state(), 0
    for form in portal.forms:
        address = address_of(form.action.partition("?")[0])
        assert address is not None
        if form.method != "POST" or address.name in CHANGE_NOTHING:
            continue
        for meta in ({}, {"HTTP_HX_REQUEST": "true"}, {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}):
            assert post(portal, form.role, form, **meta).status_code == 403, form
            refused += 1
    assert state() == before
    assert refused > 150


@pytest.mark.parametrize("role", EXPLORERS)
def test_no_address_takes_an_unsafe_method_without_a_token(portal: Portal, role: str) -> None:
    ids = portal.ids["ours"]
    before = state()
    for address in every_address():
        path = address.path({name: _value(ids, name, kind) for name, kind in address.parameters})
        for method in UNSAFE:
            response = portal.send(role, method, path, body=b"a=1", content_type=URLENCODED, csrf=True)
            if address.name in CHANGE_NOTHING:
                assert response.status_code < 500
            elif address.name == "intake:documents" and method != "POST":
                assert response.status_code == 405
            else:
                assert response.status_code == 403, (method, path)
    assert state() == before


@pytest.mark.parametrize(
    ("cookie", "sent", "headers"),
    [
        ("", "x" * 64, {}),
        ("a" * 32, "b" * 32, {}),
        ("a" * 32, "a" * 31, {}),
        ("", "", {}),
        ("a" * 32, "a" * 32, {"HTTP_ORIGIN": "https://evil.example"}),
        ("a" * 32, "a" * 32, {"HTTP_ORIGIN": "null"}),
        ("a" * 32, "a" * 32, {"HTTP_ORIGIN": "http://testserver.evil.example"}),
        ("a" * 32, "a" * 32, {"wsgi.url_scheme": "https", "HTTP_REFERER": "https://evil.example/"}),
        ("a" * 32, "a" * 32, {"wsgi.url_scheme": "https"}),
    ],
)
def test_no_other_token_or_origin_will_do(portal: Portal, cookie: str, sent: str, headers: dict[str, str]) -> None:
    form = next(form for form in portal.forms if form.action == "/requests/new/")
    cookies = f"{portal.cookies[form.role]}; csrftoken={cookie}" if cookie else portal.cookies[form.role]
    body = values.urlencoded((("csrfmiddlewaretoken", sent),))
    before = state()
    response = portal.send(
        form.role, "POST", form.action, body=body, content_type=URLENCODED, csrf=True, HTTP_COOKIE=cookies, **headers
    )
    assert response.status_code == 403
    assert state() == before


def test_with_its_token_a_form_works(portal: Portal) -> None:
    """Or the tests above would pass on a portal that refuses everything."""
    form = next(form for form in portal.forms if form.action == "/requests/new/")
    token = "a" * 32
    response = portal.send(
        form.role,
        "POST",
        form.action,
        body=values.urlencoded((("csrfmiddlewaretoken", token),)),
        content_type=URLENCODED,
        csrf=True,
        HTTP_COOKIE=f"{portal.cookies[form.role]}; csrftoken={token}",
    )
    assert response.status_code == 303
