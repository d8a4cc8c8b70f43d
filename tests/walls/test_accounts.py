"""Who may act is not a page's to say: the database refuses it, by whatever SQL, and lets through what pages do."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from pa_portal.accounts.models import Session, User
from pa_portal.audit import acting
from tests.access.test_passwords import ASK, NEW, link
from tests.records.conftest import world
from tests.walls.test_rows import copied

__all__ = ["world"]

INSIDERS = ("prescriber", "staff", "reviewer", "director", "manager", "clinic_manager", "other_manager")
NOBODY = ""
# Of people, no page may write these, whoever is signed in.
NEVER = (
    "is_privacy_officer = true",
    "role = 'director'",
    "organization_id = (SELECT id FROM accounts_organization WHERE name = 'Harbor Light')",
    "email = 'taken@portal.example'",
    "last_name = 'Somebody'",
    "credentials = 'MD'",
    "id = gen_random_uuid()",
    "created_at = now()",
    "is_privacy_officer = true, role = 'manager', is_active = true",
)
# Who, what, about whom: Jo of the clinic's staff has an account that is active, a password and a second factor.
UPDATES = [
    *((who, change, about) for who in (NOBODY, *INSIDERS) for change in NEVER for about in ("jo", "gil", "ana")),
    *((who, "password = '!'", "jo") for who in INSIDERS if who != "staff"),
    *((who, "is_active = false", "jo") for who in (NOBODY, *INSIDERS) if who != "clinic_manager"),
    ("clinic_manager", "is_active = false", "hal"),
    ("clinic_manager", "is_active = false", "dora"),
]
JO_S = "WHERE user_id = (SELECT id FROM accounts_user WHERE email = 'jo@portal.example')"
OTHERS = [
    *((who, f"DELETE FROM mfa_authenticator {JO_S}") for who in (NOBODY, "prescriber", "manager")),
    *((who, f"UPDATE mfa_authenticator SET data = '{{}}' {JO_S}") for who in ("prescriber", "clinic_manager")),
    (
        "staff",
        "UPDATE mfa_authenticator SET user_id = (SELECT id FROM accounts_user WHERE email = 'ana@portal.example')",
    ),
    ("staff", "DELETE FROM accounts_user WHERE email = 'ana@portal.example'"),
    ("manager", "DELETE FROM accounts_organization WHERE name = 'Harbor Light'"),
    ("manager", "UPDATE accounts_organization SET kind = 'provider' WHERE name = 'Piedmont Mutual'"),
    ("manager", "UPDATE accounts_organization SET phone = '' WHERE name = 'Blue Ridge Health'"),
    ("reviewer", "UPDATE accounts_organization SET phone = '' WHERE name = 'Piedmont Mutual'"),
    (NOBODY, "UPDATE accounts_organization SET phone = '' WHERE name = 'Piedmont Mutual'"),
    ("manager", "INSERT INTO accounts_organization SELECT * FROM accounts_organization"),
]


@pytest.fixture
def jo(world: SimpleNamespace) -> SimpleNamespace:
    Authenticator.objects.create(user=world.staff, type="totp", data={})
    return world


def as_page_of(world: SimpleNamespace, who: str) -> Any:
    nobody = User(organization=world.clinic, role="staff", is_active=False)
    nobody.pk = ""
    return acting.as_person(getattr(world, who) if who else nobody)


def execute(sql: str, params: Any = None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def goes_through(world: SimpleNamespace, who: str, sql: str, params: Any = None) -> bool:
    """Whether a page of ``who`` may do that; as far as refusals go, it is the rights or a guard that refuse."""
    try:
        with transaction.atomic(), as_page_of(world, who):
            return execute(sql, params) > 0
    except DatabaseError as error:
        if isinstance(error.__cause__, psycopg.errors.InsufficientPrivilege):
            return False
        raise


RESET = "DELETE FROM mfa_authenticator WHERE user_id = %s"
SIGNED_OUT = "DELETE FROM accounts_session WHERE user_id = %s"


@pytest.mark.parametrize(
    ("who", "whose", "signed_out", "sql", "allowed"),
    [
        ("clinic_manager", "staff", True, RESET, True),
        ("clinic_manager", "staff", False, RESET, False),
        ("clinic_manager", "staff", True, f"{RESET} AND type = 'totp'", False),
        ("clinic_manager", "clinic_manager", True, RESET, True),  # one's own, as on one's own page
        ("manager", "staff", True, RESET, False),
        ("other_manager", "director", True, RESET, False),
        ("manager", "director", True, RESET, True),
        ("manager", "officer", True, RESET, False),
        ("officer", "manager", True, RESET, True),
        ("prescriber", "staff", True, RESET, False),
        ("director", "reviewer", True, RESET, False),
        (NOBODY, "staff", True, RESET, False),
    ],
)
def test_a_colleagues_factors_go_all_at_once_by_a_managers_hand(
    world: SimpleNamespace, who: str, whose: str, signed_out: bool, sql: str, allowed: bool
) -> None:
    """And after their sessions; nobody else's, and no privacy officer's."""
    officer = {"email": "officer@portal.example", "first_name": "Ona", "last_name": "Testcase"}
    world.officer = User.objects.create(organization=world.plan, role="manager", is_privacy_officer=True, **officer)
    owner = getattr(world, whose)
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=owner, type=kind, data={})
    Client().force_login(owner)
    Session.objects.update(started_at=timezone.now() - timedelta(hours=1))
    if signed_out:
        execute(SIGNED_OUT, [owner.pk])
    assert goes_through(world, who, sql, [owner.pk]) is allowed


def update(change: str, about: str) -> str:
    return f"UPDATE accounts_user SET {change} WHERE email = '{about}@portal.example'"


@pytest.mark.parametrize("given", ["", "GRANT ALL ON accounts_user, accounts_organization TO portal_web"])
def test_no_page_says_who_may_act(jo: SimpleNamespace, given: str) -> None:
    """Nor would it with every right to the tables, given by mistake."""
    if given:
        execute(given)
    attempts = [*((who, update(change, about)) for who, change, about in UPDATES), *OTHERS]
    assert [attempt for attempt in attempts if goes_through(jo, *attempt)] == []


@pytest.mark.parametrize(
    "setting",
    [
        "portal.system = 'seed'",
        "portal.side = 'plan'",
        "session_authorization = DEFAULT",
        "search_path = pg_temp, public",
    ],
)
def test_no_setting_helps(login: psycopg.Connection, setting: str) -> None:
    """As the login that serves pages itself, which the table is empty for: rights are asked for before rows."""
    login.execute(f"SET {setting}")
    for change in NEVER:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            login.execute(f"UPDATE public.accounts_user SET {change}")


INVITED = {"role": "staff", "is_privacy_officer": False, "is_active": True, "password": "!" + "x" * 40}


@pytest.mark.parametrize(
    ("who", "organization", "changes", "allowed"),
    [
        ("clinic_manager", "clinic", {}, True),
        ("clinic_manager", "clinic", {"role": "manager"}, True),
        ("manager", "plan", {"role": "director"}, True),
        ("manager", "plan", {"role": "manager", "is_privacy_officer": True}, False),
        ("manager", "plan", {"role": "prescriber"}, False),
        ("manager", "clinic", {}, False),
        ("clinic_manager", "clinic", {"role": "director"}, False),
        ("clinic_manager", "clinic", {"password": "md5$salt$00"}, False),
        ("clinic_manager", "other_clinic", {}, False),
        ("prescriber", "clinic", {}, False),
        ("reviewer", "plan", {"role": "reviewer"}, False),
        (NOBODY, "clinic", {}, False),
    ],
)
def test_an_account_is_added_by_invitation_alone(
    jo: SimpleNamespace, who: str, organization: str, changes: dict[str, Any], allowed: bool
) -> None:
    id = uuid4()
    row = INVITED | {"id": id, "email": f"{id}@portal.example", "organization_id": getattr(jo, organization).pk}
    assert goes_through(jo, who, *copied("accounts_user", **row | changes)) is allowed


def test_a_manager_who_is_none_any_more_changes_nothing(jo: SimpleNamespace) -> None:
    assert goes_through(jo, "clinic_manager", update("is_active = false", "jo"))
    User.objects.filter(pk=jo.clinic_manager.pk).update(is_active=False)
    assert not goes_through(jo, "clinic_manager", update("is_active = true", "jo"))


def test_what_pages_do_goes_through(jo: SimpleNamespace) -> None:
    for who, sql in (
        ("staff", update("password = 'md5$own'", "jo")),
        (NOBODY, update("password = 'md5$by-a-link', last_login = now()", "jo")),
        ("clinic_manager", update("is_active = NOT is_active", "jo")),
        ("staff", f"UPDATE mfa_authenticator SET data = '{{}}' {JO_S}"),
        (NOBODY, f"UPDATE mfa_authenticator SET last_used_at = now() {JO_S}"),
        ("staff", f"DELETE FROM mfa_authenticator {JO_S}"),
        ("manager", "UPDATE accounts_organization SET phone = '' WHERE name = 'Piedmont Mutual'"),
    ):
        assert goes_through(jo, who, sql), (who, sql)
    with acting.as_person(jo.clinic_manager), acting.as_system("tests"):
        assert execute(update("is_privacy_officer = true", "gil")) == 1, "commands and seeds may"


def test_a_link_followed_while_somebody_else_is_signed_in(
    world: SimpleNamespace, client: Client, mailoutbox: list[Any]
) -> None:
    """They are signed out, and the password is its owner's: also where they came between the link and its form."""
    client.post(ASK, {"email": "ana@portal.example"})
    form = client.get(link(mailoutbox[0]), follow=True).redirect_chain[-1][0]
    session = dict(client.session)
    client.force_login(world.manager)
    kept = client.session
    kept.update(session)
    kept.save()
    assert client.post(form, {"password1": NEW, "password2": NEW}).status_code == 302
    world.prescriber.refresh_from_db()
    assert world.prescriber.check_password(NEW)
    assert client.get("/reports/").status_code == 302, "nobody is signed in"
