"""Whatever changes what somebody may do is on record, by whatever way, and none of its secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.test import Client

from pa_portal.accounts.models import Organization, User
from pa_portal.audit import acting, sealing
from pa_portal.audit.models import Trace
from tests.access.signing_in import recovery_codes, set_up_app, sign_in
from tests.records.conftest import world
from tests.walls.test_chain import tamper
from tests.walls.test_trace import since, traced

__all__ = ["world"]

SECRET = "md5$never-to-be-recorded"
JO = "(SELECT id FROM accounts_user WHERE email = 'jo@portal.example')"
Told = list[tuple[str, str, list[Any], list[str] | None]]


def told(rows: Iterable[Trace]) -> Told:
    return [(row.what, row.object_type, row.subjects, row.columns) for row in rows]


@pytest.fixture
def jo(world: SimpleNamespace) -> User:
    Authenticator.objects.create(user=world.staff, type="totp", data={"secret": "another"})
    return User.objects.get(pk=world.staff.pk)


def run(sql: str) -> Callable[[User], Any]:
    def execute(jo: User) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    return execute


def renamed(jo: User) -> None:
    jo.last_name = "Testcase-Roy"
    jo.save()


def renamed_in_bulk(jo: User) -> None:
    jo.last_name = "Testcase-Roy"
    User.objects.bulk_update([jo], ["last_name"])


# Who (nobody: the tables' owner, outside any context), by what, and what is on record. "jo" and "clinic" are whose.
CHANGES: list[tuple[str, Callable[[User], Any], tuple[str, str, str, list[str] | None]]] = [
    ("", renamed, ("update", "accounts_user", "jo", ["last_name"])),
    ("", renamed_in_bulk, ("update", "accounts_user", "jo", ["last_name"])),
    (
        "",
        run(f"UPDATE accounts_user SET role = 'prescriber', is_privacy_officer = true WHERE id = {JO}"),
        ("update", "accounts_user", "jo", ["is_privacy_officer", "role"]),
    ),
    (
        "",
        run(f"UPDATE accounts_user SET password = '{SECRET}', last_login = now() WHERE id = {JO}"),
        ("update", "accounts_user", "jo", ["last_login", "password"]),
    ),
    (
        "staff",
        run(f"UPDATE accounts_user SET password = '{SECRET}' WHERE id = {JO}"),
        ("update", "accounts_user", "jo", ["password"]),
    ),
    (
        "clinic_manager",
        run(f"UPDATE accounts_user SET is_active = false WHERE id = {JO}"),
        ("update", "accounts_user", "jo", ["is_active"]),
    ),
    (
        "staff",
        run(
            "INSERT INTO mfa_authenticator (user_id, type, data, created_at) "
            f"VALUES ({JO}, 'webauthn', '{{\"key\": \"{SECRET}\"}}', now())"
        ),
        ("insert", "mfa_authenticator", "jo", None),
    ),
    (
        "staff",
        run(
            f"UPDATE mfa_authenticator SET data = '{{\"secret\": \"{SECRET}\"}}' WHERE user_id = {JO} AND type = 'totp'"
        ),
        ("update", "mfa_authenticator", "jo", ["data"]),
    ),
    (
        "clinic_manager",
        run(f"DELETE FROM mfa_authenticator WHERE user_id = {JO}"),
        ("delete", "mfa_authenticator", "jo", None),
    ),
    (
        "",
        run(
            'INSERT INTO account_emailaddress (user_id, email, verified, "primary") '
            f"VALUES ({JO}, 'other@portal.example', true, true)"
        ),
        ("insert", "account_emailaddress", "jo", None),
    ),
    (
        "clinic_manager",
        run("UPDATE accounts_organization SET fax = '804-555-0199' WHERE name = 'Riverbend Oncology'"),
        ("update", "accounts_organization", "clinic", ["fax"]),
    ),
    (
        "",
        lambda jo: Organization.objects.filter(pk=jo.organization_id).update(kind="plan"),
        ("update", "accounts_organization", "clinic", ["kind"]),
    ),
]


@pytest.mark.parametrize(("who", "change", "record"), CHANGES)
def test_a_change_of_who_may_act_is_on_record_without_a_secret(
    world: SimpleNamespace, jo: User, who: str, change: Callable[[User], Any], record: tuple[Any, ...]
) -> None:
    what, table, whose, columns = record
    before = since()
    with acting.as_person(getattr(world, who)) if who else nullcontext():
        change(jo)
    (row,) = traced(before)
    assert told([row]) == [(what, table, [{"jo": jo.pk, "clinic": world.clinic.pk}[whose]], columns)]
    assert row.user_id == (getattr(world, who).pk if who else None)
    assert SECRET not in str([getattr(row, field.attname) for field in Trace._meta.concrete_fields])


def test_accounts_that_are_made_and_deleted_are_named(world: SimpleNamespace) -> None:
    before = since()
    made = User.objects.bulk_create(
        User(organization=world.clinic, role="staff", email=f"a{n}@portal.example", first_name="A", last_name="B")
        for n in range(3)
    )
    run("DELETE FROM accounts_user WHERE email LIKE 'a_@portal.example'")(made[0])
    rows = traced(before)
    assert [(row.what, row.object_type) for row in rows] == [("insert", "accounts_user"), ("delete", "accounts_user")]
    assert [{*row.subjects} for row in rows] == [{one.pk for one in made}] * 2


def test_signing_in_is_an_event_and_no_change(world: SimpleNamespace, client: Client, settings: Any) -> None:
    """A recovery code that is used up is one: it opens nothing any more."""
    sign_in(client, "jo@portal.example")
    set_up_app(client)
    codes = recovery_codes(client)
    client.post("/accounts/sign-out/")
    before = since()
    sign_in(client, "jo@portal.example")
    client.post("/accounts/sign-in/second-step/", {"code": codes[0]})
    assert client.get("/requests/").status_code == 200
    changes = traced(before, what__in=("insert", "update", "delete"))
    assert told(row for row in changes if row.object_type != "audit_event") == [
        ("update", "mfa_authenticator", [world.staff.pk], ["data"])
    ]


def test_verify_names_what_was_altered(world: SimpleNamespace, jo: User) -> None:
    before = since()
    run(f"UPDATE accounts_user SET role = 'prescriber' WHERE id = {JO}")(jo)
    (row,) = traced(before)
    sealing.seal()
    assert sealing.verify([]).problems == []
    tamper("UPDATE audit_trace SET columns = '{last_login}' WHERE id = %s", row.pk)
    assert sealing.verify([]).problems == [f"row {row.pk} of the trace was altered"]
