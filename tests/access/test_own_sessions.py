"""People see where they are signed in, and sign out of what they do not know."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pa_portal.accounts.models import Session
from pa_portal.accounts.own_sessions import browser_of
from pa_portal.audit.models import Event
from tests.access.signing_in import sign_in

PAGE = "/accounts/sessions/"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def three(world: SimpleNamespace) -> list[Client]:
    """Ana in three browsers, and Jo in one."""
    clients = [Client(headers={"User-Agent": each}) for each in (CHROME, FIREFOX, SAFARI)]
    for client in clients:
        sign_in(client, "ana@portal.example")
    sign_in(Client(headers={"User-Agent": FIREFOX}), "jo@portal.example")
    return clients


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def names(client: Client) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]{64})"', text(client.get(PAGE)))


def sent(client: Client, session: str) -> str:
    """What the page says after the form was sent."""
    answer = client.post(PAGE, {"session": session})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    return text(client.get(PAGE))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (CHROME, "Chrome on Windows"),
        (FIREFOX, "Firefox on Linux"),
        (SAFARI, "Safari on iOS"),
        (CHROME + " Edg/140.0", "Edge on Windows"),
        ("curl on Windows", "A browser on Windows"),
        ("<b>Firefox/1</b>", "Firefox"),
        ("\u202e" * 5000, "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_of_a_browser_no_more_than_kind_and_system_is_kept(said: str, told: str) -> None:
    assert browser_of(said) == told


def test_ones_own_are_listed_and_this_one_is_marked(three: list[Client]) -> None:
    page = text(three[0].get(PAGE))
    assert [page.count(each) > 0 for each in ("Chrome on Windows", "Firefox on Linux", "Safari on iOS")] == [True] * 3
    assert page.index("Chrome on Windows") < page.index("This one") < page.index("Firefox on Linux")
    assert len(names(three[0])) == 2, "not Jo's, and this one is left by signing out"
    assert [key for key in Session.objects.values_list("session_key", flat=True) if key in page] == []
    assert "127.0.0.1" not in page


def test_one_is_ended_and_on_record(three: list[Client]) -> None:
    here, _, gone = three
    assert "Signed out of 1 other browser." in sent(here, of(here, "Safari"))
    assert gone.get(PAGE)["Location"].startswith("/accounts/sign-in/")
    assert [client.get(PAGE).status_code for client in three[:2]] == [200, 200]
    assert Event.objects.get(action="user.sessions_ended").detail == {"sessions": 1}


def of(client: Client, kind: str) -> str:
    """The name in the form of the session in this kind of browser."""
    (found,) = re.findall(
        rf'value="([0-9a-f]{{64}})"> Sign out<span class="visually-hidden"> of {kind}', text(client.get(PAGE))
    )
    return str(found)


def test_all_others_are_ended(three: list[Client]) -> None:
    assert "Signed out of 2 other browsers." in sent(three[1], "others")
    assert [client.get(PAGE).status_code for client in three] == [302, 200, 302]
    assert Session.objects.filter(user__email="jo@portal.example").count() == 1
    assert "Sign out of all others" not in text(three[1].get(PAGE))


def test_what_is_not_ones_own_or_has_ended_is_left_alone(three: list[Client], world: SimpleNamespace) -> None:
    sign_in(jo := Client(headers={"User-Agent": CHROME}), "jo@portal.example")
    (theirs,) = names(jo)
    before = set(Session.objects.values_list("pk", flat=True))
    for name in (theirs, *before, "", "x", "0" * 64):
        assert "You were signed out there already." in sent(three[0], name)
    assert set(Session.objects.values_list("pk", flat=True)) == before
    assert not Event.objects.filter(action="user.sessions_ended").exists()


def test_sessions_that_open_nothing_any_more_are_not_listed(three: list[Client], world: SimpleNamespace) -> None:
    Session.objects.filter(pk=three[1].session.session_key).update(expire_date=timezone.now())
    assert len(names(three[0])) == 1
    world.prescriber.set_password("a new one that nobody knows")
    world.prescriber.save()
    sign_in(again := Client(), "ana@portal.example", "a new one that nobody knows")
    assert names(again) == []


def test_whoever_signed_in_long_ago_is_asked_first(three: list[Client], world: SimpleNamespace) -> None:
    (old := Client()).force_login(world.prescriber)
    Session.objects.update(started_at=timezone.now() - timedelta(minutes=6))
    assert old.post(PAGE, {"session": "others"})["Location"].startswith("/accounts/confirm/")
    assert Session.objects.filter(user=world.prescriber).count() == 4
