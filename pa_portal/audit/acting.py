"""On whose behalf the running code acts: the context that the database's walls go by.

A page acts for whoever is signed in (``http.transaction``). Everything else says so itself: a job that somebody asked
for acts as that person, one of the portal's own as the system. Without either there are no rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from django.db import Error, connection
from django.db.models import Model

from pa_portal.audit.context import current
from pa_portal.audit.walls import SYSTEM, WEB

_NAMES = (
    "portal.user_id",
    "portal.side",
    "portal.organization_id",
    "portal.request_id",
    "portal.ip",
    "portal.page",
    "portal.system",
)


class Person(Protocol):
    """What the walls need of a user: who, on which side of a request (see ``accounts.models.User.side``), for whom."""

    pk: Any
    organization_id: uuid.UUID

    @property
    def side(self) -> str: ...


def enter(person: Person, *, page: str, subjects: Sequence[uuid.UUID]) -> None:
    """Act for this person until the transaction ends, and put on record what they look at. One statement.

    ``page`` is what the address is called, ``subjects`` are the ids in it.
    """
    origin = current()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT portal_enter(%s, %s, %s, %s, %s, %s, %s::uuid[])",
            [
                person.pk,
                person.side,
                person.organization_id,
                origin.request_id,
                origin.ip or "",
                page,
                list(subjects),
            ],
        )


def leave() -> None:
    """Act for nobody for the rest of the transaction: whoever asked has signed out."""
    nobody = dict.fromkeys(("portal.user_id", "portal.side", "portal.organization_id"), "")
    _write(_read() | nobody, WEB, local=True)


def shown(rows: Iterable[Model | uuid.UUID], model: type[Model], *, in_file: bool = False) -> None:
    """Put on record that a page names these rows of ``model``, or that a file takes them away. Nothing for none."""
    ids = [row if isinstance(row, uuid.UUID) else row.pk for row in rows]
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT audit_shown(%s, %s, %s::uuid[])", ["file" if in_file else "shown", model._meta.db_table, ids]
            )


@contextmanager
def as_person(person: Person) -> Iterator[None]:
    """Act for a person within the block, as a page of theirs would: what they may not see is not there."""
    with _acting(
        WEB,
        **{
            "portal.user_id": str(person.pk),
            "portal.side": person.side,
            "portal.organization_id": str(person.organization_id),
        },
    ):
        yield


@contextmanager
def for_plan(organization_id: uuid.UUID) -> Iterator[None]:
    """Act for a health plan within the block, by the plan's rules and nobody's hand."""
    with _acting(WEB, **{"portal.side": "plan", "portal.organization_id": str(organization_id)}):
        yield


@contextmanager
def as_system(why: str) -> Iterator[None]:
    """Act for the portal itself within the block, for every organization: for jobs and commands, never for a page.

    ``why`` names the job. The database refuses it to a login that is no member of ``portal_system``.
    """
    with _acting(SYSTEM, **{"portal.system": why}):
        yield


@contextmanager
def _acting(role: str, **context: str) -> Iterator[None]:
    """Set role and context for the block: for the transaction where there is one, else for the connection."""
    origin = current()
    wanted = {"portal.request_id": origin.request_id, "portal.ip": origin.ip or "", **context}
    local = connection.in_atomic_block
    before = _read()
    _write({name: wanted.get(name, "") for name in _NAMES}, role, local)
    try:
        yield
    finally:
        try:
            _write(before, before["role"], local)
        except Error:
            # A transaction that failed puts everything back by itself, and so does a connection that is gone.
            if not local and connection.is_usable():
                raise


def _read() -> dict[str, str]:
    names = (*_NAMES, "role")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(['current_setting(%s, true)'] * len(names))}",
            names,
        )
        return {name: value or "" for name, value in zip(names, cursor.fetchone(), strict=True)}


def _write(context: dict[str, str], role: str, local: bool) -> None:
    """The role last: it may lose the right to take the other."""
    pairs = [*((name, context[name]) for name in _NAMES), ("role", role)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(['set_config(%s, %s, %s)'] * len(pairs))}",
            [part for name, value in pairs for part in (name, value, local)],
        )
