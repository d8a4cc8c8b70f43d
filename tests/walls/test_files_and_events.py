"""Files belong to whoever asked for them, events to the plan's privacy officer: so says the database, whoever asks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from pa_portal.accounts.models import User
from pa_portal.audit import acting, sealing
from pa_portal.audit.actions import record
from pa_portal.audit.models import Event
from tests.walls.test_rows import copied

FILES = ("exports_export", "exports_schedule")


def execute(sql: str, params: list[Any] | None = None) -> tuple[int, list[Any]]:
    """Return how many rows it was about, and those."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount, cursor.fetchall() if cursor.description else []


def refused(who: User, sql: str, params: list[Any]) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic(), acting.as_person(who):
        execute(sql, params)


@pytest.mark.parametrize("table", FILES)
@pytest.mark.parametrize("who", ["officer", "reviewer", "clinic_manager", "other_manager", "prescriber"])
def test_nobody_else_touches_a_file_or_a_schedule(world: SimpleNamespace, who: str, table: str) -> None:
    person = getattr(world, who)
    with acting.as_person(person):
        assert execute(f"SELECT 1 FROM {table}")[0] == 0
        assert execute(f"UPDATE {table} SET owner_id = %s", [person.pk])[0] == 0
        assert execute(f"DELETE FROM {table}")[0] == 0
    refused(person, *copied(table, id=uuid4()))


@pytest.mark.parametrize("table", FILES)
def test_the_owner_does_and_cannot_give_it_away(world: SimpleNamespace, table: str) -> None:
    with acting.as_person(world.manager):
        assert execute(f"UPDATE {table} SET query = query")[0] == 1
    refused(world.manager, f"UPDATE {table} SET owner_id = %s", [world.officer.pk])
    refused(world.manager, f"UPDATE {table} SET organization_id = %s", [world.other_plan.pk])


def test_whoever_has_moved_since_has_no_files_of_the_former_organization(world: SimpleNamespace) -> None:
    world.manager.organization = world.other_plan
    with acting.as_person(world.manager):
        assert [execute(f"SELECT 1 FROM {table}")[0] for table in FILES] == [0, 0]


def test_the_officer_reads_what_is_of_the_plan_and_nothing_else(world: SimpleNamespace) -> None:
    record(by=world.other_reviewer, action="test.other", obj=world.other_plan)
    record(by=world.reviewer, action="test.own", obj=world.plan)
    with acting.as_person(world.officer):
        seen = set(Event.objects.values_list("action", flat=True))
        foreign = Event.objects.exclude(organization_id=world.plan.pk)
        assert {event.actor_id for event in foreign} <= {*world.plan.users.values_list("pk", flat=True)}
    assert "test.own" in seen
    assert "test.other" not in seen
    User.objects.filter(pk=world.officer.pk).update(is_active=False)
    with acting.as_person(world.officer):
        assert not Event.objects.exists()


def test_an_event_is_written_in_one_s_own_name_or_the_portal_s(world: SimpleNamespace) -> None:
    with acting.as_person(world.reviewer):
        record(by=world.reviewer, action="test.own", obj=world.plan)
        record(by=None, action="test.portal", obj=world.plan)
    assert Event.objects.filter(action__startswith="test.").count() == 2
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
        acting.as_person(world.reviewer),
    ):
        record(by=world.director, action="test.forged", obj=world.plan)


@pytest.mark.parametrize("table", ["audit_trace", "audit_seal"])
def test_a_right_given_by_mistake_opens_neither_trace_nor_chain(world: SimpleNamespace, table: str) -> None:
    sealing.seal()
    execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO portal_web")
    with acting.as_person(world.officer):
        assert execute(f"SELECT 1 FROM {table}")[0] == 0
    refused(world.officer, *copied(table))
