"""Looking at a page changes nothing, whoever looks and by whichever method that only looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from tests.hostile.addresses import every_address
from tests.hostile.portal import EXPLORERS, NOBODY, OURS, THEIRS, Portal

pytestmark = pytest.mark.django_db

# Who was here, and what was read: written by looking, and meant to be.
RECORDS_OF_LOOKING = ("audit_", "accounts_session")


def state() -> dict[str, str]:
    """A digest of each table of the database, whether or not a model knows it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        names = [name for (name,) in cursor.fetchall() if not name.startswith(RECORDS_OF_LOOKING)]
        found = {}
        for name in names:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t")
            found[name] = cursor.fetchone()[0]
        return found


def looks(portal: Portal, role: str) -> Iterator[tuple[str, str]]:
    """Every page known to open, to those who open pages; every address with our ids and theirs, to all."""
    yield from (("GET", path) for who, path in portal.pages if who == role)
    for side in ("ours", "theirs"):
        ids = portal.ids[side]
        for address in every_address():
            values = {name: _value(ids, name, kind) for name, kind in address.parameters}
            yield "GET", address.path(values)
            if side == "ours" and role in EXPLORERS:
                yield from ((method, address.path(values)) for method in ("HEAD", "OPTIONS", "TRACE"))


def _value(ids: dict[str, list[str]], name: str, kind: str) -> str:
    if kind == "int":
        return "1"
    if kind != "uuid":
        return {"slug": "patient", "policy_id": "IC-0072"}.get(name, "2025-09-04")
    models = {"letter_id": "determinations.letter", "document_id": "submissions.attachment"}
    return ids[models.get(name, "submissions.request")][0]


@pytest.mark.parametrize("role", [NOBODY, *OURS, *THEIRS])
def test_looking_changes_nothing(portal: Portal, role: str) -> None:
    before = state()
    asked = list(looks(portal, role))
    for method, path in asked:
        portal.send(role, method, path)
    assert len(asked) > len(every_address())
    if state() != before:
        changed = [f"{method} {path}: {tables}" for method, path, tables in _culprits(portal, role, asked)]
        pytest.fail("\n".join(changed) or "the first look at a page, and not the second, changes something")


def _culprits(portal: Portal, role: str, asked: list[tuple[str, str]]) -> Iterator[tuple[str, str, list[str]]]:
    before = state()
    for method, path in asked:
        portal.send(role, method, path)
        after = state()
        if after != before:
            yield method, path, [name for name in after if after[name] != before.get(name)]
        before = after


def test_every_role_opens_pages_of_its_own(portal: Portal) -> None:
    """The walk is worth nothing if it meets closed doors alone."""
    assert {role for role, _ in portal.pages} == set(EXPLORERS)
    assert len(portal.pages) > 200
    assert len(portal.forms) > 80
