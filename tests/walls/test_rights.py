"""What the login that serves pages can do with the database: what pages need, and nothing that would weaken a wall."""

from __future__ import annotations

import psycopg
import pytest
from django.apps import apps
from django.db import connection

from pa_portal.audit import walls

APPEND_ONLY = ("audit_event", "submissions_answer", "submissions_submission", "determinations_determination")


@pytest.mark.parametrize(
    "attempt",
    [
        "SET ROLE {owner}",
        "SET ROLE portal_system",
        "SELECT set_config('role', '{owner}', true)",
        "SET SESSION AUTHORIZATION {owner}",
        "SET session_replication_role = replica",
        "ALTER ROLE portal_web BYPASSRLS",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE {table} ADD COLUMN extra int",
        "DROP POLICY portal_see ON submissions_request",
        "CREATE POLICY open ON {table} USING (true)",
        "TRUNCATE {table}",
        "TRUNCATE submissions_request CASCADE",
        "DROP TABLE {table}",
        "DROP FUNCTION refuse_change() CASCADE",
        "CREATE OR REPLACE FUNCTION portal_organization(side text) RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
        "CREATE TABLE own (id int)",
        "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DELETE FROM {table}",
        "DELETE FROM submissions_request",
        "DELETE FROM submissions_patient",
        "UPDATE {table} SET id = id",
        "COPY submissions_patient TO PROGRAM 'cat'",
    ],
)
@pytest.mark.parametrize("table", ["audit_event", "determinations_determination"])
def test_the_web_s_login_cannot(login: psycopg.Connection, attempt: str, table: str) -> None:
    owner = login.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'audit_event'").fetchone()[0]
    with pytest.raises(psycopg.errors.Error) as refused:
        login.execute(attempt.format(owner=owner, table=table))
    assert refused.value.sqlstate in ("42501", "22023"), refused.value  # insufficient privilege


def test_the_web_s_login_owns_nothing_and_bypasses_nothing(login: psycopg.Connection) -> None:
    powers = "rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
    found = login.execute(f"SELECT {powers} FROM pg_roles WHERE rolname = current_user").fetchone()
    assert found == (False,) * 5
    for table, column in (("pg_class", "relowner"), ("pg_proc", "proowner"), ("pg_namespace", "nspowner")):
        owned = login.execute(f"SELECT count(*) FROM {table} WHERE {column} = current_user::regrole").fetchone()
        assert owned == (0,), table


def test_the_web_s_login_sees_no_row_about_a_patient_before_it_says_for_whom(
    login: psycopg.Connection, walled: list[str]
) -> None:
    """As a page before it knows who asks. The tables are empty here: ``test_rows`` has what would be there."""
    for table in walled:
        assert login.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_every_table_is_named_in_some_room(db: None) -> None:
    """A new table is closed to the portal until its room's ``walls.py`` says what the portal may do with it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        there = {name for (name,) in cursor.fetchall()}
    unused = {"django_session"}  # the portal keeps its own sessions
    assert there - set(walls.declared()) - unused == set()
    assert set(walls.declared()) - there == set()


def test_what_hangs_on_a_patient_is_walled() -> None:
    """Following foreign keys from requests and patients: whatever hangs on one has rows that are not everybody's."""
    roots = {"submissions_request", "submissions_patient", "submissions_prescriber"}
    grown = True
    while grown:
        grown = False
        for model in apps.get_models():
            points_to = {field.related_model._meta.db_table for field in model._meta.fields if field.related_model}
            if points_to & roots and model._meta.db_table not in roots:
                roots.add(model._meta.db_table)
                grown = True
    assert {table for table in roots if not walls.declared()[table].rows} == set()


def test_the_database_has_what_is_declared(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, relforcerowsecurity FROM pg_class WHERE relrowsecurity ORDER BY relname")
        declared = {table: wall.forced for table, wall in sorted(walls.declared().items()) if wall.rows}
        assert dict(cursor.fetchall()) == declared
        assert {table for table, forced in declared.items() if not forced} == {"audit_seal", "audit_trace"}
        cursor.execute(
            "SELECT DISTINCT privilege_type FROM information_schema.role_table_grants WHERE grantee = 'portal_web'"
        )
        assert {name for (name,) in cursor.fetchall()} <= {"SELECT", "INSERT", "UPDATE", "DELETE"}
