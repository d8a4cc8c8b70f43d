"""Reads of cases under filters: counts, pages, one case, and what a manager may choose from."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from pa_portal.accounts.models import Organization, User
from pa_portal.determinations.models import Determination, Task
from pa_portal.reports import words
from pa_portal.reports.cases import Sql, cases
from pa_portal.reports.filters import FILTERS, NO_PATHWAY, Choice, Filters, Options, is_plan
from pa_portal.reports.models import Case

Row = dict[str, Any]

# Newest first on the screen, oldest first in a file.
NEWEST, OLDEST = "c.submitted_at DESC, c.id", "c.submitted_at, c.id"


def select(user: User, filters: Filters, what: str, rest: str = "") -> Sql:
    """Return the query ``SELECT what FROM cases c WHERE (the filters) rest``, as this manager may see it."""
    source, where = cases(user), filters.where()
    return Sql(
        f"SELECT {what} FROM ({source.text}) c WHERE {where.text} {rest}",  # noqa: S608 (no value is in the text)
        {**source.params, **where.params},
    )


def fetch(sql: Sql) -> list[Row]:
    """Run a query and return its rows as dictionaries."""
    with connection.cursor() as cursor:
        cursor.execute(sql.text, sql.params)
        return list(_named(cursor))


def totals(user: User, filters: Filters) -> Row:
    """Return ``requests`` and ``units``: how many requests there are, and the units that they are authorized for."""
    (row,) = fetch(
        select(
            user,
            filters,
            "count(*) AS requests, "
            "coalesce(sum(c.total_units) FILTER (WHERE c.authorization_status = 'active'), 0) AS units",
        )
    )
    return row


def page(user: User, filters: Filters, *, offset: int, limit: int) -> list[Row]:
    """Return some of the cases, newest first."""
    sql = select(user, filters, "c.*", f"ORDER BY {NEWEST} LIMIT %(limit)s OFFSET %(offset)s")
    return fetch(Sql(sql.text, {**sql.params, "limit": limit, "offset": offset}))


def case(user: User, id: uuid.UUID) -> Row | None:
    """Return one case, or None alike for one that is missing and one that is not this manager's."""
    source = cases(user)
    found = fetch(Sql(f"SELECT c.* FROM ({source.text}) c WHERE c.id = %(id)s", {**source.params, "id": id}))  # noqa: S608
    return found[0] if found else None


def cases_of(user: User, ids: Sequence[uuid.UUID]) -> list[Row]:
    """Return those of these cases that this manager may see, in any order."""
    source = cases(user)
    text = f"SELECT c.* FROM ({source.text}) c WHERE c.id = ANY(%(ids)s::uuid[])"  # noqa: S608
    return fetch(Sql(text, {**source.params, "ids": [*ids]}))


def decision_years(user: User) -> list[int]:
    """Return the years from the first decision that this manager may see to this one, the latest first."""
    # Put so that it is the first row of an index.
    first = fetch(select(user, Filters(), "c.decided_on", "AND c.decided_at IS NOT NULL ORDER BY c.decided_at LIMIT 1"))
    this = timezone.localdate().year
    return list(range(this, (first[0]["decided_on"].year if first else this) - 1, -1))


def options(user: User) -> Options:
    """Return what each filter may be set to, for this manager."""
    found = {one.name: one.choices for one in FILTERS} | {
        "pathway": (
            *(Choice(id, label) for id, label in words.pathways().items()),
            Choice(NO_PATHWAY, "No pathway established"),
        ),
        "reason": tuple(Choice(id, label) for id, label in words.reasons().items()),
        "policy": tuple(Choice(version, version) for version in words.versions()),
    }
    if is_plan(user):
        found |= {
            "organization": _organizations(user),
            "reviewer": (*_reviewers(user), *found["reviewer"]),
            "assignee": (*_assignees(user), *found["assignee"]),
        }
    return found


def _organizations(user: User) -> tuple[Choice, ...]:
    """Return the provider organizations that have sent something to this plan."""
    sent = Case.objects.filter(plan_id=user.organization_id)
    found = _having(Organization.objects.all(), sent, "organization_id").order_by("name", "pk")
    return tuple(Choice(str(one.pk), one.name) for one in found)


def _reviewers(user: User) -> tuple[Choice, ...]:
    """Return the people of this plan who have made a determination."""
    people = User.objects.filter(organization_id=user.organization_id)
    return _people(_having(people, Determination.objects.all(), "decided_by_id"))


def _assignees(user: User) -> tuple[Choice, ...]:
    """Return the people of this plan who have something to decide."""
    people = User.objects.filter(organization_id=user.organization_id)
    return _people(_having(people, Task.objects.filter(stopped_at__isnull=True), "assignee_id"))


def _having(found: QuerySet[Any], rows: QuerySet[Any], owner: str) -> QuerySet[Any]:
    """Narrow to those that own one of the rows: asked of an index, for one after another.

    Put as EXISTS, or as an equality, Postgres reads rows until it finds one: all of them, for whoever has none. Only an
    index has them in the order of their owners.
    """
    own = rows.filter(**{f"{owner}__gte": OuterRef("pk"), f"{owner}__lte": OuterRef("pk")})
    return found.alias(one=Subquery(own.order_by(owner).values("pk")[:1])).filter(one__isnull=False)


def _people(found: QuerySet[User]) -> tuple[Choice, ...]:
    return tuple(
        Choice(str(one.pk), f"{one.first_name} {one.last_name}")
        for one in found.order_by("last_name", "first_name", "pk")
    )


def _named(cursor: Any) -> Iterator[Row]:
    names = [column.name for column in cursor.description]
    for row in cursor.fetchall():
        yield dict(zip(names, row, strict=True))
