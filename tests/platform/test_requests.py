"""What holds for every request: headers, caches, odd bytes, the health check, and what reaches the log."""

from __future__ import annotations

import logging
import sys
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from pa_portal.http.logs import WithoutValues
from pa_portal.http.middleware import ClientAddress


@pytest.mark.django_db
def test_no_page_may_load_or_run_anything_from_elsewhere(client: Client) -> None:
    policy = client.get("/accounts/sign-in/").headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'self'"
    assert directives["img-src"] == "'self' data:"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_security_headers(client: Client) -> None:
    headers = client.get("/accounts/sign-in/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/%00", "/requests/%00/", "/?q=%00", "/admin/?q=a%00b"])
def test_a_nul_in_the_address_is_a_bad_request(client: Client, address: str) -> None:
    assert client.get(address).status_code == 400


@pytest.mark.django_db
def test_a_nul_in_a_cookie_is_a_bad_request(client: Client) -> None:
    assert client.get("/", headers={"cookie": r'sessionid="abcdefghij\000k"'}).status_code == 400


@pytest.mark.parametrize(
    ("proxies", "said", "expected"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "unknown", "10.0.0.1"),
        (1, "", "10.0.0.1"),
    ],
)
def test_who_asks_is_what_the_nearest_proxies_say(
    rf: RequestFactory, settings: SimpleNamespace, proxies: int, said: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", headers={"x-forwarded-for": said}, REMOTE_ADDR="10.0.0.1")
    ClientAddress(lambda _: HttpResponse())(request)
    assert request.META["REMOTE_ADDR"] == expected


@pytest.mark.django_db
def test_health_is_told_and_never_cached(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert "no-store" in answer.headers["Cache-Control"]

    def refuse(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", refuse)
    assert client.get("/healthz").status_code == 503


@pytest.mark.django_db
def test_the_front_door_leads_to_sign_in(client: Client) -> None:
    answer = client.get("/", follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain == [("/accounts/sign-in/", 302)]


def test_the_log_says_where_and_what_kind_but_no_value() -> None:
    name, number = ("Smith", "W123")
    try:
        try:
            raise ValueError(name)
        except ValueError as error:
            raise IntegrityError(f"Key (member_id)=({number}) already exists.") from error
    except IntegrityError:
        record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "Failed: /x", None, sys.exc_info())
    line = WithoutValues("%(message)s").format(record)
    assert "Smith" not in line
    assert "W123" not in line
    assert "ValueError" in line
    assert "IntegrityError" in line
    assert __file__ in line


@pytest.mark.django_db(transaction=True)
def test_transactional_tests_leave_append_only_tables_empty_and_guarded() -> None:
    """Two parts in one: Django's flush, which the fixture lets through, and then the guard is back."""
    from django.core.management import call_command

    from pa_portal.accounts.models import Organization
    from pa_portal.audit import actions
    from pa_portal.audit.models import Event

    organization = Organization()
    actions.record(by=None, action="platform.test", obj=organization)
    call_command("flush", verbosity=0, interactive=False)
    assert not Event.objects.exists()
    actions.record(by=None, action="platform.test", obj=organization)
    with pytest.raises(IntegrityError, match="append-only"):
        Event.objects.all().delete()
