"""Each sees their own organization's rows and nobody else's, whatever a query asks for: the database holds it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from pa_portal.accounts.models import User
from pa_portal.audit import acting
from pa_portal.submissions.models import Patient, Request
from pa_portal.submissions.queries import scope

SETTINGS = {
    "determinations_clockrule",
    "determinations_policysetting",
    "determinations_planlettersettings",
}  # how a plan decides, which everybody's requests rest on
PLAN_ALONE = {"determinations_note", "determinations_settingchange", "reports_answers"}
FIGURES = {
    "reports_case",
    "reports_casefacts",
    "reports_packed",
}  # for managers; the prescribers' side has no page of them
FILES = {"exports_export", "exports_schedule"}  # for the one who asked for them
EVENTS = {"audit_event"}  # for the plan's privacy officer

# Who -> the tables they see nothing of.
INSIDERS = {
    "prescriber": PLAN_ALONE | FIGURES | FILES | EVENTS,
    "colleague": PLAN_ALONE | FIGURES | FILES | EVENTS,
    "staff": PLAN_ALONE | FIGURES | FILES | EVENTS,
    "reviewer": FILES | EVENTS,
    "director": FILES | EVENTS,
    "manager": EVENTS,
    "officer": FILES,
    "clinic_manager": PLAN_ALONE | FILES | EVENTS,
}
STRANGERS = ("other_prescriber", "other_staff", "other_reviewer", "other_director", "other_manager")


def rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


def counts(tables: list[str]) -> dict[str, int]:
    return {table: rows(table) for table in tables}


def test_every_walled_table_holds_something_here(world: SimpleNamespace, walled: list[str]) -> None:
    """Otherwise the tests below would prove nothing about it."""
    assert [table for table, count in counts(walled).items() if not count] == []


@pytest.mark.django_db
def test_insiders_see_their_own_and_strangers_nothing(world: SimpleNamespace, walled: list[str]) -> None:
    everything = counts(walled)
    for name, nothing in INSIDERS.items():
        with acting.as_person(getattr(world, name)):
            seen = counts(walled)
        assert {table for table, count in seen.items() if not count} == nothing, name
        assert all(seen[table] <= everything[table] for table in walled), name
    for name in STRANGERS:
        with acting.as_person(getattr(world, name)):
            assert {table for table, count in counts(walled).items() if count} == SETTINGS, name
    with acting.as_system("tests"):
        assert counts(walled) == everything


def test_the_provider_s_people_see_all_of_their_organization_and_its_drafts(world: SimpleNamespace) -> None:
    total = Request.objects.count()
    for name, expected in (
        ("prescriber", total),
        ("staff", total),
        ("reviewer", total - 1),
        ("clinic_manager", total - 1),
    ):
        with acting.as_person(getattr(world, name)):
            assert Request.objects.count() == expected, name
            assert Request.objects.filter(state="draft").exists() is (expected == total), name


def test_without_a_context_there_are_no_rows(world: SimpleNamespace, walled: list[str]) -> None:
    nobody = User(pk=world.prescriber.pk, organization=world.clinic, role="prescriber", is_active=False)
    with acting.as_person(nobody):
        assert not any(counts(walled).values())
    with acting._acting("none"):  # the tables' owner, as psql or a migration would be
        assert not any(counts(walled).values())
    with acting.as_system(""):  # as the system, but not saying what for
        assert not any(counts(walled).values())


def test_the_context_ends_with_the_block(world: SimpleNamespace) -> None:
    total = Request.objects.count()
    with acting.as_person(world.other_prescriber):
        assert not Request.objects.exists()
        with acting.as_person(world.prescriber):
            assert Request.objects.count() == total
        assert not Request.objects.exists()
    assert Request.objects.count() == total
    with pytest.raises(DatabaseError), transaction.atomic(), acting.as_person(world.prescriber):
        rows("no_such_table")
    assert Request.objects.count() == total


def test_a_foreign_row_can_be_neither_written_nor_taken_over(world: SimpleNamespace) -> None:
    request = world.sent["pended"]
    patient = Patient.objects.get(pk=request.patient_id)
    changes = [
        ("UPDATE submissions_request SET urgency_reason = 'x' WHERE id = %s", [request.pk]),
        ("UPDATE submissions_patient SET phone = 'x' WHERE id = %s", [patient.pk]),
        ("UPDATE determinations_task SET assignee_id = NULL WHERE request_id = %s", [request.pk]),
        ("UPDATE determinations_clockrule SET hours = 1", []),
    ]
    for name in STRANGERS:
        for sql, params in changes:
            with acting.as_person(getattr(world, name)), connection.cursor() as cursor:
                cursor.execute(sql, params)
                assert cursor.rowcount == 0, (name, sql)
    with acting.as_person(world.reviewer), connection.cursor() as cursor:
        cursor.execute(*changes[1])
        assert cursor.rowcount == 0, "a plan writes nothing about a provider's patient"


def copied(table: str, **changes: Any) -> tuple[str, list[Any]]:
    """An INSERT of a row like one that is there, with a new id and some columns changed."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t LIMIT 1")
        row = cursor.fetchone()[0]
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute "
            "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [table],
        )
        columns = cursor.fetchone()[0]
        given = f"jsonb_populate_record(NULL::{table}, %s::jsonb || %s::jsonb)"
        return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {given}", [row, _json(changes)]


def _json(changes: dict[str, Any]) -> str:
    import json

    return json.dumps(changes, default=str)


@pytest.mark.parametrize("name", [*STRANGERS, "reviewer"])
def test_nobody_writes_a_row_for_an_organization_that_is_not_theirs(world: SimpleNamespace, name: str) -> None:
    import uuid

    own = getattr(world, name).organization_id
    request, new = world.draft.pk if name == "reviewer" else world.sent["pended"].pk, uuid.uuid4()
    attempts = [
        copied("submissions_patient", id=new, organization_id=world.clinic.pk),
        copied(
            "submissions_request",
            id=new,
            organization_id=world.clinic.pk,
            plan_id=own,
            submitted_at="2026-01-05T12:00:00Z",
            reference="PA-2222-2222",
        ),
        copied("submissions_answer", id=new, request_id=request),
        copied("submissions_submission", id=new, request_id=request, number=9, request_version=99),
        copied("determinations_determination", id=new, request_id=request, number=99),
        copied("determinations_letter", id=new, request_id=request),
        copied("determinations_message", id=new, request_id=request),
        copied("determinations_note", id=new, request_id=request),
        copied(
            "determinations_clockrule", id=new, plan_id=world.plan.pk if name != "reviewer" else world.other_plan.pk
        ),
    ]
    for sql, params in attempts:
        with (
            pytest.raises(DatabaseError, match="row-level security"),
            transaction.atomic(),
            acting.as_person(getattr(world, name)),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, params)
    assert own != world.clinic.pk


def test_a_row_cannot_be_given_away(world: SimpleNamespace) -> None:
    for column, organization in (("organization_id", world.other_clinic), ("organization_id", world.plan)):
        with (
            pytest.raises(DatabaseError, match="row-level security"),
            transaction.atomic(),
            acting.as_person(world.prescriber),
            connection.cursor() as cursor,
        ):
            cursor.execute(
                f"UPDATE submissions_request SET {column} = %s WHERE id = %s", [organization.pk, world.draft.pk]
            )


PAGES = (
    "/requests/",
    "/requests/patients/",
    "/requests/{request}/",
    "/letters/{letter}/",
    "/admin/",
    "/reports/",
    "/reports/requests/",
    "/reports/requests/{request}/",
)


def test_pages_leak_nothing_when_every_query_forgets_whose_it_is(
    client, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first wall taken away, the second holds: no page shows a stranger a name, a number or a reference."""
    from pa_portal.determinations import queries as decided
    from pa_portal.determinations import worklist
    from pa_portal.determinations.models import Letter
    from pa_portal.reports import cases
    from pa_portal.submissions.queries import attachments, requests, sent

    def everything(user: User) -> Any:
        return Request.objects.all()

    for module in (scope, attachments, requests, sent, decided, worklist):
        if hasattr(module, "visible_to"):
            monkeypatch.setattr(module, "visible_to", everything)
    requests._one_request.cache_clear()
    monkeypatch.setattr(cases, "_CASES", cases._CASES.replace("{scope}", "true OR {scope}"))
    request, letter = world.sent["called"], Letter.objects.first()
    told = ("Quintana", "PMH1001", *(one.reference for one in world.sent.values()))
    shown = 0
    try:
        for name in (*STRANGERS, "prescriber", "reviewer", "manager"):
            client.force_login(getattr(world, name))
            for page in PAGES:
                answer = client.get(page.format(request=request.pk, letter=letter.pk))
                text = b"".join(answer).decode() if answer.status_code == 200 else ""
                found = [word for word in told if word in text]
                if name in STRANGERS:
                    assert found == [], (name, page)
                shown += bool(found)
    finally:
        requests._one_request.cache_clear()
    assert shown >= 6, "insiders do see them, so the words looked for are the right ones"
