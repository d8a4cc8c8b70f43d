"""The database or the disk in trouble: 503, in words, with what was typed ready to be sent again. Never a bare 500."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import DataError, IntegrityError, InterfaceError, InternalError, OperationalError, connection
from django.test import Client, RequestFactory
from psycopg import errors

from pa_portal.http import readiness
from pa_portal.http.trouble import bad_request, passing
from tests.records.conftest import world  # noqa: F401
from tests.records.making import draft

Wrapper = Callable[..., Any]


def raised_by(kind: type[Exception], cause: BaseException) -> Exception:
    """An error as Django raises it."""
    error = kind()
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OperationalError(), True),
        (InterfaceError(), True),
        (raised_by(InternalError, errors.ReadOnlySqlTransaction()), True),
        (raised_by(InternalError, errors.InvalidCursorDefinition()), False),
        (InternalError(), False),
        (IntegrityError(), False),
        (DataError(), False),
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), True),
        (OSError(errno.EROFS, "Read-only file system"), True),
        (FileNotFoundError(errno.ENOENT, "No such file"), False),
        (ValueError(), False),
        (None, False),
    ],
)
def test_what_counts_as_trouble_that_passes(error: BaseException | None, expected: bool) -> None:
    assert passing(error) is expected


def refusing(word: str, error: Exception) -> AbstractContextManager[None]:
    """Fail every statement that holds ``word``."""

    def wrapper(execute: Wrapper, sql: str, params: Any, many: bool, context: Any) -> Any:
        if word in sql:
            raise error
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrapper)


@pytest.fixture
def prescriber(client: Client, world: SimpleNamespace) -> Client:  # noqa: F811
    client.force_login(world.prescriber)
    client.raise_request_exception = False
    return client


def test_a_page_that_cannot_be_read_says_so(prescriber: Client) -> None:
    with refusing("", OperationalError("server closed the connection: secret")):
        answer = prescriber.get("/requests/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.content.decode()
    assert "cannot answer for a moment" in text
    assert "secret" not in text


def test_what_was_typed_is_kept_and_can_be_sent_again(prescriber: Client, world: SimpleNamespace) -> None:  # noqa: F811
    request = draft(world)
    address = f"/requests/{request.pk}/details/diagnosis/"
    typed = {"diagnosis_code": "C50.912", "version": str(request.version), "other": '"><b>'}
    with refusing('UPDATE "submissions_request"', OperationalError()):
        answer = prescriber.post(address, typed)
    assert answer.status_code == 503
    text = answer.content.decode()
    assert "This was not confirmed" in text
    assert f'action="{address}"' in text
    assert '<input type="hidden" name="diagnosis_code" value="C50.912">' in text
    assert "&quot;&gt;&lt;b&gt;" in text
    assert "csrfmiddlewaretoken" in text
    request.refresh_from_db()
    assert request.diagnosis_code == "C50.911"


def test_a_password_never_comes_back(client: Client, world: SimpleNamespace) -> None:  # noqa: F811
    client.raise_request_exception = False
    with refusing("accounts_user", OperationalError()):
        answer = client.post("/accounts/sign-in/", {"username": "ana@portal.example", "password": "hunter-hunter"})
    assert answer.status_code == 503
    text = answer.content.decode()
    assert "hunter" not in text
    assert "<form" not in text


def test_another_sites_form_is_not_offered_again(world: SimpleNamespace) -> None:  # noqa: F811
    """The token is checked before anything is kept."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(world.prescriber)
    request = draft(world)
    with refusing("", OperationalError()):
        answer = client.post(f"/requests/{request.pk}/details/diagnosis/", {"diagnosis_code": "C50.912"})
    assert answer.status_code in (403, 503)
    text = answer.content.decode()
    assert "C50.912" not in text
    assert "<form" not in text


def interrupted(cause: Exception | None) -> SessionInterrupted:
    """As the session middleware raises it, whose own cause is what the database said."""
    error, between = SessionInterrupted("deleted"), UpdateError()
    error.__context__, between.__context__ = between, cause
    return error


@pytest.mark.parametrize(("cause", "status"), [(OperationalError(), 503), (None, 400)])
def test_a_session_that_cannot_be_written(rf: RequestFactory, cause: Exception | None, status: int) -> None:
    """Ended meanwhile is one thing, and no database another."""
    answer = bad_request(rf.post("/requests/"), interrupted(cause))
    assert answer.status_code == status


def test_any_other_failure_stays_a_500(prescriber: Client) -> None:
    with refusing("submissions_request", ValueError("a bug")):
        answer = prescriber.get("/requests/")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.content.decode()


# Readiness


@pytest.fixture
def durable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run on a server that is not: look at nothing."""
    monkeypatch.setattr(readiness, "DURABLE", ())


@pytest.mark.django_db
def test_ready_when_all_is_well(client: Client, durable: None) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.django_db
def test_not_ready_while_a_migration_waits(
    client: Client, durable: None, django_assert_max_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit' AND name = '0002_append_only'")
    with django_assert_max_num_queries(5):
        answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"migrations not yet applied: 1")


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("host=10.0.0.1"), InterfaceError("user=portal")])
def test_not_ready_without_a_database(client: Client, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"the database does not answer")


@pytest.mark.django_db(transaction=True)
def test_not_ready_on_a_database_that_may_lose_what_it_confirmed(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    answer = client.get("/readyz")
    connection.close()
    assert answer.status_code == 503
    assert "synchronous_commit is off: the database may lose what it has confirmed" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_not_ready_on_a_standby(client: Client, durable: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    answer = client.get("/readyz")
    connection.close()
    assert (answer.status_code, answer.content) == (503, b"the database takes no changes")
