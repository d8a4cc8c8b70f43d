"""Who saw or changed what is about a patient, and what a person saw or changed."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from pa_portal.audit import reporting, walls
from pa_portal.determinations.models import ClockEvent, Letter


def report(*arguments: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("audit", "report", *arguments, stdout=out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_everything_that_hangs_on_a_patient_is_found(world: SimpleNamespace) -> None:
    """With every request of the world: all rows of all tables about patients, but for people's own profiles."""
    about = [reporting.everything_about(one.patient) for one in (world.draft, *world.sent.values())]
    found = {id for one in about for id in one.ids}
    found |= {(table, number.int) for one in about for table, number in zip(one.tables, one.numbers, strict=True)}
    # Packed cases do not say whose they are; packed answers are a copy of the facts in reports_casefacts.
    apart = {"reports_packed", "submissions_prescriber", "determinations_clockrule", "determinations_policysetting"}
    apart |= {"determinations_planlettersettings", "determinations_settingchange", "reports_answers"}
    apart |= {table for table in walls.declared() if table.startswith(("audit_", "exports_"))}
    for model in apps.get_models():
        table = model._meta.db_table
        if table in walls.declared() and walls.declared()[table].rows and table not in apart:
            keys = model.objects.values_list("pk", flat=True)
            missing = {(table, key) if isinstance(key, int) else key for key in keys} - found
            assert missing == set(), table


def test_who_saw_and_who_changed_a_patient_s_data(client, world: SimpleNamespace) -> None:
    request = world.sent["called"]
    letter = Letter.objects.filter(request=request).first()
    assert letter is not None
    client.force_login(world.reviewer)
    client.get(f"/letters/{letter.pk}/")
    client.force_login(world.prescriber)
    client.get("/requests/")
    rows = report("--request", request.reference)
    looks = [(row["what"], row["person"], row["page"]) for row in rows if row["what"] in ("page", "shown")]
    assert looks == [
        ("page", "Dora Testcase", "GET correspondence:letter"),
        ("shown", "Ana Testcase", "GET intake:dashboard"),
    ]
    assert {row["organization"] for row in rows if row["what"] == "page"} == {"Piedmont Mutual"}
    changed = {row["object_type"] for row in rows if row["what"] == "insert"}
    assert {"submissions_request", "submissions_patient", "determinations_letter"} <= changed


def test_another_table_s_row_of_the_same_number_is_not_in_it(world: SimpleNamespace) -> None:
    request = world.sent["called"]
    own, other = (ClockEvent.objects.filter(task__request=one).first() for one in (request, world.sent["void"]))
    assert own is not None
    assert other is not None
    before = report("--request", request.reference)
    number = [UUID(int=own.pk)]
    with connection.cursor() as cursor:
        for table in ("determinations_settingchange", "audit_event", "determinations_clockevent"):
            cursor.execute("SELECT audit_write('update', %s, %s, NULL, '')", [table, number])
    (found,) = report("--request", request.reference)[len(before) :]
    assert (found["object_type"], found["rows"]) == ("determinations_clockevent", "1")


def test_what_one_person_saw(client, world: SimpleNamespace) -> None:
    client.force_login(world.reviewer)
    client.get("/admin/submissions/request/")
    rows = report("--user", world.reviewer.email)
    assert {row["person"] for row in rows} == {"Dora Testcase"}
    assert [row["what"] for row in rows if row["page"] == "GET admin:submissions_request_changelist"] == [
        "page",
        "shown",
    ]
    both = report("--user", world.reviewer.email, "--request", world.sent["void"].reference)
    assert {row["person"] for row in both} <= {"Dora Testcase"}
    assert report("--user", world.reviewer.email, "--to", "2020-01-01") == []


@pytest.mark.parametrize("arguments", [(), ("--request", "PA-2222-2222"), ("--user", "nobody@portal.example")])
def test_about_nobody_is_refused(world: SimpleNamespace, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        report(*arguments)
