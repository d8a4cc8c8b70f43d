"""How long a session lasts, what reading it costs, and how it ends. No test waits: rows are made older."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from pa_portal.accounts import actions
from pa_portal.accounts.models import Session, User
from pa_portal.audit.models import Event
from tests.conftest import counting_statements

HOME = "/requests/"
PASSIVE = "/requests/session/"


@pytest.fixture
def signed_in(world: SimpleNamespace, client: Client) -> Client:
    client.force_login(world.prescriber)
    return client


def row() -> Session:
    return Session.objects.get()


def older(client: Client, *, seen: float, started: float | None = None) -> None:
    """As if the session had been used last so many minutes ago, and begun then or earlier."""
    found = row()
    found.seen_at = timezone.now() - timedelta(minutes=seen)
    found.started_at = timezone.now() - timedelta(minutes=started or seen)
    found.expire_date = min(found.seen_at + timedelta(minutes=15), found.started_at + timedelta(hours=12))
    found.save()


def open_home(client: Client) -> int:
    return client.get(HOME).status_code


def test_session_person_and_organization_are_one_query(signed_in: Client) -> None:
    """The other takes on the person's context for the database's walls, and puts on record what they look at."""
    with counting_statements() as asked:
        assert signed_in.get("/").status_code == 302
    assert [sql.partition("(")[0] for sql in asked[1:]] == ["SELECT portal_enter"]


def test_nobody_signed_in_costs_no_query(client: Client, db: None) -> None:
    with counting_statements() as asked:
        assert client.get("/").status_code == 302
    assert asked == []


@pytest.mark.parametrize(
    ("seen", "started", "lasts"),
    [
        (0, 0, True),
        (14.9, 14.9, True),
        (15.1, 15.1, False),
        (1, 12 * 60 - 0.1, True),
        (1, 12 * 60 + 0.1, False),
    ],
    ids=["new", "idle nearly 15 minutes", "idle 15 minutes", "nearly 12 hours", "12 hours"],
)
def test_a_session_ends_after_15_idle_minutes_and_after_12_hours(
    signed_in: Client, seen: float, started: float, lasts: bool
) -> None:
    older(signed_in, seen=seen, started=started)
    assert (open_home(signed_in) == 200) is lasts


def test_use_puts_the_end_off_but_never_past_12_hours(signed_in: Client) -> None:
    older(signed_in, seen=14)
    open_home(signed_in)
    assert row().expire_date - timezone.now() > timedelta(minutes=14.9)
    older(signed_in, seen=2, started=12 * 60 - 5)
    open_home(signed_in)
    assert row().expire_date - timezone.now() < timedelta(minutes=5)


def test_use_is_written_once_a_minute_at_most(signed_in: Client) -> None:
    older(signed_in, seen=0.9)
    before = row().seen_at
    open_home(signed_in)
    assert row().seen_at == before
    older(signed_in, seen=1.1)
    with counting_statements() as asked:
        signed_in.get("/")
    assert [sql.split()[0] for sql in asked] == ["SELECT", "SELECT", "UPDATE"]
    assert row().seen_at > before


def test_asking_how_long_it_lasts_is_no_use(signed_in: Client) -> None:
    older(signed_in, seen=10)
    before = row().seen_at
    assert signed_in.get(PASSIVE).json()["seconds"] == pytest.approx(300, abs=5)
    assert row().seen_at == before


def test_a_new_sign_in_begins_anew_with_another_key(signed_in: Client, world: SimpleNamespace) -> None:
    older(signed_in, seen=1, started=11 * 60)
    key = row().session_key
    signed_in.force_login(world.colleague)
    assert row().session_key != key
    assert row().started_at > timezone.now() - timedelta(minutes=1)
    assert row().user == world.colleague


def test_what_a_session_holds_is_kept_when_it_is_written_again(signed_in: Client) -> None:
    older(signed_in, seen=5, started=60)
    began = row().started_at
    session = signed_in.session
    session["kept"] = "this"
    session.save()
    assert row().started_at == began
    assert signed_in.session["kept"] == "this"


def test_signing_out_tells_the_browser_to_drop_what_it_kept(world: SimpleNamespace, client: Client) -> None:
    client.force_login(world.prescriber)
    assert client.post("/accounts/sign-out/")["Clear-Site-Data"] == '"cache", "storage"'


def test_deactivating_ends_every_session_at_once(world: SimpleNamespace) -> None:
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(world.prescriber)
    bystander = Client()
    bystander.force_login(world.colleague)
    actions.deactivate_user(by=world.clinic_manager, user=world.prescriber)
    assert [found.user for found in Session.objects.all()] == [world.colleague]
    assert {open_home(browser) for browser in browsers} == {302}
    assert open_home(bystander) == 200
    assert Event.objects.get(action="user.deactivated").detail == {"sessions": 2}


def test_somebody_made_inactive_by_any_means_is_out_at_the_next_request(
    signed_in: Client, world: SimpleNamespace
) -> None:
    assert open_home(signed_in) == 200
    User.objects.filter(pk=world.prescriber.pk).update(is_active=False)
    assert open_home(signed_in) == 302
    actions.reactivate_user(by=None, user=world.prescriber)
    assert open_home(signed_in) == 200


def test_another_password_ends_the_sessions_of_the_old_one(signed_in: Client, world: SimpleNamespace) -> None:
    User.objects.filter(pk=world.prescriber.pk).update(password=make_password("another-one-altogether"))
    assert open_home(signed_in) == 302
    assert not Session.objects.filter(user=world.prescriber).exists()


def test_an_ended_session_does_not_come_back(signed_in: Client) -> None:
    older(signed_in, seen=5)
    found = row()
    store = Session.get_session_store_class()(found.session_key)
    assert store.person
    Session.objects.all().delete()
    store.note_use()
    assert not Session.objects.exists()


@pytest.mark.parametrize("key", ["", "x", "nobody-has-this-key", "é" * 32, "a" * 5000, "%00", "' OR 1=1 --"])
def test_what_is_no_session_is_nobody(world: SimpleNamespace, client: Client, settings: Any, key: str) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    assert open_home(client) == 302


def test_ended_sessions_are_cleared_away(signed_in: Client) -> None:
    older(signed_in, seen=20)
    call_command("clearsessions")
    assert not Session.objects.exists()
