"""One transaction for each request, and in it the context of whoever asks: what the database's walls go by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject
from psycopg.pq import TransactionStatus

from pa_portal.audit import acting
from pa_portal.audit.walls import WEB

GetResponse = Callable[[HttpRequest], HttpResponse]

# What asks whether there is a database must not need one.
PROBES = frozenset({"/healthz", "/readyz"})


class RequestTransaction:
    """All of a request happens, its session and its place on record included, or nothing of it.

    Nothing does when the answer is an error of the portal's (5xx); everything when it is a refusal (4xx): what was done
    before it stands. The context ends with the transaction, so that a connection carries nobody's over to the next.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in PROBES:
            return self.get_response(request)
        with _transaction():
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
            elif _failed():
                # Postgres answers COMMIT with a silent ROLLBACK here, and the page says that something was done.
                raise transaction.TransactionManagementError("A database error was swallowed by this page.")
        return response


def _failed() -> bool:
    return connection.connection.info.transaction_status == TransactionStatus.INERROR


@contextmanager
def _transaction() -> Iterator[None]:
    """A transaction behind the walls from its first statement on, with nobody's context yet.

    Where the login is more than ``portal_web`` and sees every row, as that of the tests, it is no more in here; and
    where the transaction is a part of another, what was before is put back. Both straight to the driver: they are no
    part of any page.
    """
    nested = connection.in_atomic_block
    try:
        with transaction.atomic():
            if getattr(settings, "STEP_DOWN_FIRST", False):
                connection.connection.execute("SELECT set_config('role', %s, true)", [WEB])
            yield
    finally:
        if nested:
            connection.connection.execute(
                "SELECT set_config('role', 'none', true), set_config('portal.user_id', '', true), "
                "set_config('portal.side', '', true), set_config('portal.organization_id', '', true)"
            )


class EnterWhenKnown:
    """Take on the context of the person who is signed in, at the moment that a page first asks who that is.

    A page that never asks shows nothing of anybody's: without the context there are no rows.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = request.user
        request.user = cast("Any", SimpleLazyObject(lambda: _entered(request, found)))
        return self.get_response(request)


def _entered(request: HttpRequest, user: Any) -> Any:
    if user.is_authenticated:
        _enter(request, user)
    return user


def _enter(request: HttpRequest, user: Any) -> None:
    try:
        match = request.resolver_match or resolve(request.path_info)
    except Resolver404:
        acting.enter(user, page="(no page)", subjects=())
        return
    ids = [id for value in match.kwargs.values() if (id := _as_id(value))]
    acting.enter(user, page=f"{request.method} {match.view_name}", subjects=ids)


def _as_id(value: object) -> UUID | None:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None
