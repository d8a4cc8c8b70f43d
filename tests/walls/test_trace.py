"""Every look at patient data and every change of it is on record, by whatever way; and without the record, not done."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.utils import timezone

from pa_portal.audit import acting
from pa_portal.audit.models import Event, Trace
from pa_portal.determinations import actions
from pa_portal.determinations.models import ClockEvent, Letter
from pa_portal.submissions.models import Answer, Patient, Request
from tests.determinations.making import on

# No patient is in them.
DECIDE_WHO_MAY = (
    "account_emailaddress",
    "account_emailconfirmation",
    "accounts_organization",
    "accounts_user",
    "mfa_authenticator",
)


def since() -> int:
    return Trace.objects.order_by("-id").values_list("id", flat=True).first() or 0


def traced(after: int, **conditions: Any) -> list[Trace]:
    return list(Trace.objects.filter(id__gt=after, **conditions).order_by("id"))


def execute(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def test_every_walled_table_is_watched(db: None, walled: list[str]) -> None:
    """By three triggers that are on, whose functions run with their owner's rights and a fixed search path."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.tgrelid::regclass::text, array_agg(t.tgname::text ORDER BY t.tgname) FROM pg_trigger t
            JOIN pg_proc p ON p.oid = t.tgfoid
            WHERE t.tgname LIKE 'audit\\_%%' AND t.tgenabled = 'O' AND p.prosecdef
                AND 'search_path=pg_catalog, public, pg_temp' = ANY (p.proconfig)
            GROUP BY 1 ORDER BY 1
            """
        )
        watched = dict(cursor.fetchall())
    assert watched.pop("audit_event") == ["audit_traced"]
    by_name = {"audit_event", "exports_export", "exports_schedule"}  # what is done to them is an event
    tables = {*walled, *DECIDE_WHO_MAY} - by_name
    assert watched == {table: ["audit_delete", "audit_insert", "audit_update"] for table in tables}


@pytest.mark.parametrize("way", ["save", "update", "bulk", "raw", "outside any context"])
def test_a_change_is_on_record_with_the_columns_and_without_their_values(world: SimpleNamespace, way: str) -> None:
    patient = Patient.objects.first()
    assert patient is not None
    before, phone = since(), "804-555-7777"

    def change() -> None:
        if way == "save":
            patient.phone = phone
            patient.save()
        elif way == "update":
            Patient.objects.filter(pk=patient.pk).update(phone=phone)
        elif way == "bulk":
            patient.phone = phone
            Patient.objects.bulk_update([patient], ["phone"])
        else:
            execute("UPDATE submissions_patient SET phone = %s WHERE id = %s", [phone, patient.pk])

    if way == "outside any context":
        change()
    else:
        with acting.as_person(world.staff):
            change()
    (row,) = traced(before, what="update")
    assert (row.object_type, row.subjects, row.columns) == ("submissions_patient", [patient.pk], ["phone"])
    assert row.user_id == (None if way == "outside any context" else world.staff.pk)
    assert row.login == connection.settings_dict["USER"]
    assert phone not in str([getattr(row, field.attname) for field in Trace._meta.concrete_fields])


def test_rows_that_are_added_and_taken_away_are_named(world: SimpleNamespace) -> None:
    first = Answer.objects.first()
    assert first is not None
    before = since()
    new = [
        Answer(request_id=first.request_id, fact="x", value=number, given_by=world.staff, given_at=timezone.now())
        for number in range(1500)
    ]
    Answer.objects.bulk_create(new)
    rows = traced(before)
    assert {(row.what, row.object_type) for row in rows} == {("insert", "submissions_answer")}
    assert [len(row.subjects) for row in rows] == [1000, 500]
    assert {id for row in rows for id in row.subjects} == {one.pk for one in new}
    execute("SET CONSTRAINTS ALL IMMEDIATE", [])
    execute("ALTER TABLE submissions_answer DISABLE TRIGGER submissions_answer_append_only", [])
    before = since()
    execute("DELETE FROM submissions_answer WHERE fact = 'x'", [])
    assert sum(len(row.subjects) for row in traced(before, what="delete")) == 1500


def test_a_key_that_is_a_number_is_named_too(world: SimpleNamespace) -> None:
    event = ClockEvent.objects.last()
    assert event is not None
    assert Trace.objects.filter(
        what="insert", object_type="determinations_clockevent", subjects__contains=[uuid.UUID(int=event.pk)]
    ).exists()


def test_a_statement_that_changes_nothing_leaves_no_row(world: SimpleNamespace) -> None:
    before = since()
    execute("UPDATE submissions_patient SET phone = 'x' WHERE false", [])
    assert traced(before) == []


def test_every_event_is_on_the_trace_with_a_digest_of_what_it_says(world: SimpleNamespace) -> None:
    events = Event.objects.count()
    assert Trace.objects.filter(object_type="audit_event", digest__isnull=False).count() == events > 20


ATTEMPTS = [
    "SELECT * FROM audit_trace",
    "INSERT INTO audit_trace (what, request_id, ip, page, object_type, subjects) VALUES ('page', '', '', '', '', '{}')",
    "UPDATE audit_trace SET page = ''",
    "DELETE FROM audit_trace",
    "TRUNCATE audit_trace",
    "ALTER TABLE audit_trace DISABLE TRIGGER ALL",
    "ALTER TABLE submissions_patient DISABLE TRIGGER audit_update",
    "DROP TRIGGER audit_update ON submissions_patient",
    "ALTER FUNCTION audit_of_submissions_patient() RENAME TO other",
    "ALTER TABLE accounts_user DISABLE TRIGGER audit_update",
    "DROP TRIGGER audit_delete ON mfa_authenticator",
    "CREATE OR REPLACE TRIGGER audit_update AFTER UPDATE ON accounts_user EXECUTE FUNCTION refuse_change()",
    "DROP FUNCTION audit_of_accounts_organization() CASCADE",
    "SELECT audit_write('insert', 'submissions_patient', '{}', NULL, NULL)",
    "SELECT audit_shown('insert', 'submissions_patient', ARRAY[gen_random_uuid()])",
    "SELECT audit_close(1)",
    "SELECT * FROM audit_seal",
    "DELETE FROM audit_seal",
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_web_s_login_cannot_touch_the_trace(login: psycopg.Connection, attempt: str) -> None:
    with pytest.raises(psycopg.Error) as refused:
        login.execute(attempt)
    assert refused.value.sqlstate in ("42501", "P0001"), refused.value


@pytest.mark.parametrize("sql", ["UPDATE audit_trace SET page = ''", "DELETE FROM audit_trace", "TRUNCATE audit_trace"])
def test_the_owner_is_refused_too(world: SimpleNamespace, sql: str) -> None:
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        execute(sql, [])


# Looks


def test_a_page_is_on_record_with_who_what_when_where_and_why(client, world: SimpleNamespace) -> None:
    letter = Letter.objects.first()
    assert letter is not None
    client.force_login(world.reviewer)
    before = since()
    answer = client.get(f"/letters/{letter.pk}/", REMOTE_ADDR="192.0.2.9")
    assert answer.status_code == 200
    (row,) = traced(before, what="page")
    assert (row.user_id, row.organization_id) == (world.reviewer.pk, world.plan.pk)
    assert row.subjects == [letter.pk]
    assert row.page == "GET correspondence:letter"
    assert (row.ip, row.request_id) == ("192.0.2.9", answer["X-Request-ID"])
    assert abs((timezone.now() - row.at).total_seconds()) < 60


def test_a_look_at_what_is_not_theirs_is_on_record_too(client, world: SimpleNamespace) -> None:
    request = world.sent["called"]
    client.force_login(world.other_prescriber)
    before = since()
    assert client.get(f"/requests/{request.pk}/").status_code == 404
    (row,) = traced(before, what="page")
    assert (row.user_id, row.subjects) == (world.other_prescriber.pk, [request.pk])


def refuse(what: str) -> None:
    """From now on the record cannot be written."""
    execute(f"ALTER TABLE audit_trace ADD CONSTRAINT no_room CHECK (what <> '{what}') NOT VALID", [])


@pytest.mark.parametrize(
    ("name", "page", "what"),
    [
        ("prescriber", "/requests/{request}/", "page"),
        ("reviewer", "/letters/{letter}/", "page"),
        ("reviewer", "/admin/", "page"),
        ("manager", "/reports/requests/", "page"),
    ],
)
def test_nothing_is_shown_when_it_cannot_be_put_on_record(
    client, world: SimpleNamespace, name: str, page: str, what: str
) -> None:
    letter = Letter.objects.first()
    assert letter is not None
    client.force_login(getattr(world, name))
    client.raise_request_exception = False
    refuse(what)
    answer = client.get(page.format(request=world.sent["called"].pk, letter=letter.pk))
    assert answer.status_code == 500
    assert b"Quintana" not in b"".join(answer)


@pytest.mark.parametrize("what", ["insert", "update"])
def test_nothing_is_done_when_it_cannot_be_put_on_record(world: SimpleNamespace, what: str) -> None:
    request = world.sent["recommended"]
    before = Request.objects.values_list("state", "version").get(pk=request.pk)
    refuse(what)
    with pytest.raises(Exception, match="no_room"), transaction.atomic():
        actions.approve(**on(request, world.reviewer))
    assert Request.objects.values_list("state", "version").get(pk=request.pk) == before


LISTS = [
    ("prescriber", "/requests/", None),
    ("staff", "/requests/patients/", {"search": "Quintana"}),
    ("reviewer", "/admin/submissions/request/", None),
    ("reviewer", "/admin/submissions/request/find/", {"words": "Quintana"}),
    ("reviewer", "/admin/determinations/determination/", None),
    ("reviewer", "/admin/determinations/authorization/", None),
    ("reviewer", "/admin/determinations/appeal/", None),
    ("manager", "/reports/", None),
    ("manager", "/reports/requests/", None),
    ("clinic_manager", "/reports/requests/", None),
    ("manager", "/reports/requests.csv", None),
    ("manager", "/reports/requests.csv?patients=1", None),
]


@pytest.mark.parametrize(("name", "page", "form"), LISTS)
def test_whoever_is_named_in_a_list_is_on_record(
    client, world: SimpleNamespace, name: str, page: str, form: dict[str, str] | None
) -> None:
    client.force_login(getattr(world, name))
    before = since()
    answer = client.post(page, form) if form else client.get(page)
    assert answer.status_code == 200
    text = b"".join(answer).decode()
    looks = traced(before, what__in=("shown", "file"), user_id=getattr(world, name).pk)
    told = {id for row in looks for id in row.subjects}
    about = {one: {one.pk, one.patient_id} | decided(one) for one in (world.draft, *world.sent.values())}
    # A list of patients names them alone; every other list has references.
    named = [one for one in about if one.reference in text or ("/patients/" in page and "Quintana" in text)]
    assert named
    assert [one.reference for one in named if not about[one] & told] == []
    if name != "prescriber":
        assert world.draft.pk not in told


def decided(request: Request) -> set[uuid.UUID]:
    """The ids of what hangs on a request and has a list of its own."""
    return {
        id
        for related in (request.determinations, request.authorizations, request.appeals)
        for id in related.values_list("pk", flat=True)
    }
