"""How often one may try, counted for all processes; and that nobody can keep another person out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client

from pa_portal.audit.models import Event
from tests.access.signing_in import SIGN_IN, sign_in
from tests.records.making import PASSWORD

ANA, BEN = "ana@portal.example", "ben@portal.example"


def fail(client: Client, email: str, times: int, **extra: Any) -> list[int]:
    return [sign_in(client, email, "wrong", **extra).status_code for _ in range(times)]


def test_after_five_failures_an_account_is_refused_clearly(world: SimpleNamespace, client: Client) -> None:
    assert fail(client, ANA, 5) == [422] * 5
    told = sign_in(client, ANA)
    assert (told.status_code, told["Retry-After"]) == (429, "300")
    assert "Wait five minutes" in told.content.decode()
    assert Event.objects.filter(action="user.sign_in_failed").count() == 5
    assert sign_in(client, BEN).status_code == 302


def test_an_address_that_does_not_exist_is_counted_alike(world: SimpleNamespace, client: Client) -> None:
    assert fail(client, "nobody@portal.example", 6) == [422] * 5 + [429]


def test_counting_is_by_account_wherever_from(world: SimpleNamespace) -> None:
    for last in range(5):
        assert fail(Client(REMOTE_ADDR=f"192.0.2.{last}"), ANA, 1) == [422]
    assert sign_in(Client(REMOTE_ADDR="192.0.2.99"), ANA).status_code == 429


def test_the_owner_gets_in_from_their_own_browser_meanwhile(world: SimpleNamespace) -> None:
    own, attacker = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.66")
    assert sign_in(own, ANA).status_code == 302
    own.post("/accounts/sign-out/")
    fail(attacker, ANA, 6)
    assert sign_in(attacker, ANA).status_code == 429
    assert sign_in(own, ANA).status_code == 302


def test_a_browser_known_to_one_account_is_a_stranger_to_another(world: SimpleNamespace) -> None:
    known = Client()
    sign_in(known, BEN)
    known.post("/accounts/sign-out/")
    fail(Client(REMOTE_ADDR="192.0.2.66"), ANA, 5)
    assert sign_in(known, ANA).status_code == 429


@pytest.mark.parametrize("cookie", ["", "nonsense", "a:b:c"])
def test_a_forged_cookie_makes_no_known_browser(world: SimpleNamespace, settings: Any, cookie: str) -> None:
    fail(Client(REMOTE_ADDR="192.0.2.66"), ANA, 5)
    forger = Client()
    forger.cookies[settings.DEVICE_COOKIE_NAME] = cookie
    assert sign_in(forger, ANA).status_code == 429


def test_one_address_trying_many_accounts_is_refused(world: SimpleNamespace) -> None:
    client = Client(REMOTE_ADDR="192.0.2.66")
    told = [sign_in(client, f"somebody{number}@portal.example", "wrong").status_code for number in range(21)]
    assert told == [422] * 20 + [429]
    assert sign_in(Client(REMOTE_ADDR="192.0.2.1"), ANA).status_code == 302


def test_signing_in_rightly_is_not_counted_as_failing(world: SimpleNamespace) -> None:
    for _ in range(8):
        client = Client()
        assert sign_in(client, ANA).status_code == 302


def test_the_counts_are_in_postgres(world: SimpleNamespace, client: Client) -> None:
    fail(client, ANA, 1)
    assert type(caches["default"]).__name__ == "DatabaseCache"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), bool_or(cache_key LIKE %s) FROM accounts_attempts", [f"%{ANA}%"])
        count, named = cursor.fetchone()
    assert count
    assert not named


def test_asking_for_links_has_its_limit(world: SimpleNamespace, client: Client, mailoutbox: list[Any]) -> None:
    told = [client.post("/accounts/password/link/", {"email": ANA}).status_code for _ in range(6)]
    assert told == [302] * 5 + [429]
    assert len(mailoutbox) == 5


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE", "PUT"])
@pytest.mark.parametrize("path", [SIGN_IN, f"{SIGN_IN}passkey/", "/accounts/password/", "/accounts/confirm/"])
def test_looking_is_no_attempt(world: SimpleNamespace, client: Client, method: str, path: str) -> None:
    client.force_login(world.prescriber)
    client.generic(method, path)
    client.logout()
    client.generic(method, path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_attempts")
        assert cursor.fetchone() == (0,)


def test_a_refusal_page_says_what_to_do(world: SimpleNamespace, client: Client) -> None:
    for _ in range(60):
        client.post(SIGN_IN, {"username": "", "password": PASSWORD})
    told = client.post(SIGN_IN, {"username": ANA, "password": PASSWORD})
    assert told.status_code == 429
    assert "Wait five minutes" in told.content.decode()
