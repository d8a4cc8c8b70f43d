"""What is on record stays on record, whoever asks: the database itself refuses."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from pa_portal.audit.models import Event
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.submissions.models import Answer, Submission
from tests.records.making import in_state


def settle() -> None:
    """Check the deferred foreign keys now, as a commit would: TRUNCATE waits for them."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


TABLES = [
    "audit_event",
    "submissions_answer",
    "submissions_submission",
    "submissions_criteriatree",
    "determinations_determination",
    "determinations_letter",
]
ATTEMPTS = [
    "UPDATE {0} SET {1} = {1}",
    "UPDATE {0} SET {1} = {1} WHERE false",
    "DELETE FROM {0}",
    "TRUNCATE {0} CASCADE",
]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_sql_is_refused(world, table: str, attempt: str) -> None:
    in_state(world, "approved")
    settle()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attempt.format(table, "sha256" if table == "submissions_criteriatree" else "id"))


@pytest.mark.parametrize("model", [Event, Answer, Submission, Determination, Letter])
def test_the_orm_is_refused(world, model) -> None:
    in_state(world, "approved")
    row = model.objects.first()
    for attempt in (row.save, row.delete, lambda: model.objects.update(id=row.pk), model.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_only_the_status_of_an_authorization_may_change(world) -> None:
    in_state(world, "approved")
    settle()
    authorization = Authorization.objects.get()
    Authorization.objects.update(status="void")
    for name, value in (
        ("total_units", 1),
        ("units_per_dose", 1),
        ("number", "AU-2222-2222-2222"),
        ("start", "2020-01-01"),
    ):
        with pytest.raises(IntegrityError, match="only the status"), transaction.atomic():
            Authorization.objects.update(**{name: value})
    with pytest.raises(IntegrityError), transaction.atomic():
        authorization.delete()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE determinations_authorization CASCADE")
    assert Authorization.objects.get().status == "void"


def test_a_submitted_request_cannot_be_deleted(world) -> None:
    request = in_state(world, "submitted")
    settle()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM submissions_request WHERE id = %s", [request.pk])
