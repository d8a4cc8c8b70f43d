"""Who saw or changed what is about one patient, and what one person saw or changed, from the trace."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from typing import NamedTuple

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model

from pa_portal.audit import walls
from pa_portal.audit.triggers import FEW

STRETCH = 2_000


class About(NamedTuple):
    """Rows that a report is about: random ids, which are one row's alone, and whole numbers, each of one ``tables``."""

    ids: list[uuid.UUID]
    tables: list[str]
    numbers: list[uuid.UUID]

    @property
    def everything(self) -> list[uuid.UUID]:
        return [*self.ids, *self.numbers]


class Look(NamedTuple):
    """One row of the trace in words. ``rows`` counts what it is about: of the patient, where one was asked for."""

    at: datetime.datetime
    what: str
    user_id: uuid.UUID | None
    person: str
    organization: str
    login: str
    ip: str
    page: str
    object_type: str
    columns: str
    rows: int
    request_id: str


_SQL = f"""
SELECT t.at, t.what, t.user_id, coalesce(concat_ws(' ', u.first_name, u.last_name), ''), coalesce(o.name, ''),
    t.login, t.ip, t.page, t.object_type, array_to_string(t.columns, ' '),
    CASE WHEN %(about)s::uuid[] IS NULL THEN cardinality(t.subjects)
        ELSE audit_rows_of(t, %(ids)s::uuid[], %(tables)s::text[], %(numbers)s::uuid[]) END,
    t.request_id
FROM audit_trace t
LEFT JOIN accounts_user u ON u.id = t.user_id
LEFT JOIN accounts_organization o ON o.id = t.organization_id
WHERE (%(who)s::uuid IS NULL OR t.user_id = %(who)s)
    AND (%(about)s::uuid[] IS NULL
        OR (cardinality(t.subjects) <= {FEW} AND t.subjects && %(about)s::uuid[]
            OR cardinality(t.subjects) > {FEW} AND t.subjects && %(about)s::uuid[])
        AND audit_rows_of(t, %(ids)s::uuid[], %(tables)s::text[], %(numbers)s::uuid[]) > 0)
    AND t.at >= coalesce(%(start)s::timestamptz, '-infinity') AND t.at < coalesce(%(end)s::timestamptz, 'infinity')
ORDER BY t.id
"""  # noqa: S608 (a constant)


def looks(
    *,
    about: About | None = None,
    who: uuid.UUID | None = None,
    start: datetime.datetime | None = None,
    end: datetime.datetime | None = None,
) -> Iterator[Look]:
    """Yield what is on record about any of these rows, by this person, from ``start`` up to ``end``; oldest first.

    For the system alone: the web's role cannot read the trace. In little memory, however much there is.
    """
    with transaction.atomic(), connection.connection.cursor(name="looks") as cursor:
        cursor.itersize = STRETCH
        given = {"about": about.everything if about else None, "who": who, "start": start, "end": end}
        cursor.execute(_SQL, given | (about or About([], [], []))._asdict())
        for row in cursor:
            yield Look(*row)


class OfficersLook(NamedTuple):
    """The same for a plan's privacy officer. ``person``, ``login`` and ``ip`` are empty for another's people."""

    id: int
    at: datetime.datetime
    what: str
    own: bool
    person: str
    organization: str
    login: str
    ip: str
    page: str
    object_type: str
    columns: str
    rows: int
    request_id: str


def officers_looks(
    *,
    about: About | None = None,
    who: uuid.UUID | None = None,
    practices: list[uuid.UUID],
    start: datetime.datetime,
    end: datetime.datetime,
    before: int | None = None,
    most: int,
) -> list[OfficersLook]:
    """Return at most so many looks, newest first, for the privacy officer whose page this is (``audit_looks``).

    Either ``about`` rows that the officer may see, or one person ``who`` of the officer's own organization. ``before``
    is the id that the page before ended with. ``practices`` are the other organizations whose looks are counted too.
    Raises DatabaseError for anybody else.
    """
    ids, tables, numbers = about or (None, None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM audit_looks(%s::uuid[], %s::text[], %s::uuid[], %s, %s::uuid[], %s, %s, %s, %s)",
            [ids, tables, numbers, who, practices, start, end, before, most],
        )
        return [OfficersLook(*row) for row in cursor.fetchall()]


def everything_about(*records: Model) -> About:
    """Return the keys of rows and of all walled rows that hang on them, by whatever way: a patient's requests, their
    answers, decisions, letters and so on, as the trace writes them.
    """
    found: dict[type[Model], set[uuid.UUID | int]] = {}
    for record in records:
        found.setdefault(type(record), set()).add(record.pk)
    walled = {table for table, wall in walls.declared().items() if wall.rows}
    models = [model for model in apps.get_models() if model._meta.db_table in walled]
    waiting = [*found]
    while waiting:
        owner = waiting.pop()
        for model in models:
            known = found.setdefault(model, set())
            before = len(known)
            for field in model._meta.concrete_fields:
                if field.related_model is owner:
                    hanging = model._default_manager.filter(**{f"{field.name}__in": found[owner]})
                    known.update(hanging.values_list("pk", flat=True))
            if len(known) > before:
                waiting.append(model)
    keys = sorted((model._meta.db_table, key) for model, keys in found.items() for key in keys)
    numbers = [(table, uuid.UUID(int=key)) for table, key in keys if isinstance(key, int)]
    return About(
        sorted(key for _, key in keys if isinstance(key, uuid.UUID)),
        [table for table, _ in numbers],
        [number for _, number in numbers],
    )
