"""What can be taken away: each data set's columns, where its rows come from, and which of them a manager may have.

All but the audit trail hang on ``cases``: their rows belong to the requests that a report's filters choose, as this
manager may see them, so that a file, its count on the screen and the dashboard cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from pa_portal.accounts.access import may_export_audit
from pa_portal.accounts.models import Organization, User
from pa_portal.audit.models import Event
from pa_portal.determinations.models import Authorization, AuthorizationVoid, Determination, Letter
from pa_portal.determinations.models.determination import AUTOMATIC
from pa_portal.reports.cases import Sql, cases
from pa_portal.reports.columns import COLUMNS, Column
from pa_portal.reports.exports import columns_of as more
from pa_portal.reports.filters import BASES, MADE, SUBMITTED, Filter, Filters, filters_for, is_plan
from pa_portal.reports.queries import OLDEST, fetch
from pa_portal.submissions.models import Submission

_TABLES: Final = {
    "determination": Determination._meta.db_table,
    "submission": Submission._meta.db_table,
    "authorization": Authorization._meta.db_table,
    "void": AuthorizationVoid._meta.db_table,
    "letter": Letter._meta.db_table,
    "event": Event._meta.db_table,
    "organization": Organization._meta.db_table,
    "user": User._meta.db_table,
}


@dataclass(frozen=True, slots=True)
class DataSet:
    """One kind of row. ``noun`` is singular and plural. ``joins`` adds to the cases ``c`` what a column reads.

    ``moment`` is when a row was made; ``order`` gives every row its one place in a file.
    """

    name: str
    label: str
    noun: tuple[str, str]
    meaning: str
    columns: tuple[Column, ...]
    joins: str = ""
    moment: str = ""
    order: str = OLDEST

    @property
    def of_cases(self) -> bool:
        """Whether its rows belong to requests, so that the filters of a report apply."""
        return self.name != AUDIT

    @property
    def bases(self) -> Sequence[tuple[str, str]]:
        """The days by which its rows may be chosen; the first is the usual one."""
        if not self.of_cases:
            return [(MADE, "Recorded")]
        if not self.moment:
            return BASES
        return [(MADE, "Made"), *((by, f"Of requests {label.lower()}") for by, label in BASES)]

    def counted(self, count: int) -> str:
        """Return how many rows, in words: "1,204 letters"."""
        return f"{count:,} {self.noun[count != 1]}"


REQUESTS, AUDIT = "requests", "audit"
_DECIDER: Final = "LEFT JOIN {user} du ON du.id = d.decided_by_id"

DATA_SETS: Final = (
    DataSet(
        REQUESTS,
        "Requests",
        ("request", "requests"),
        "One row for each submitted request, with what became of it.",
        COLUMNS,
    ),
    DataSet(
        "determinations",
        "Determinations",
        ("determination", "determinations"),
        "One row for each approval, denial and request for information, those later replaced included.",
        more.DETERMINATIONS,
        "JOIN {determination} d ON d.request_id = c.id JOIN {submission} s ON s.id = d.submission_id "
        f"{_DECIDER} LEFT JOIN {{determination}} later ON later.supersedes_id = d.id",
        "d.decided_at",
        "d.decided_at, d.id",
    ),
    DataSet(
        "authorizations",
        "Authorizations",
        ("authorization", "authorizations"),
        "One row for each authorization, void and superseded ones included.",
        more.AUTHORIZATIONS,
        "JOIN {authorization} a ON a.request_id = c.id JOIN {determination} d ON d.id = a.determination_id "
        "LEFT JOIN {void} v ON v.authorization_id = a.id",
        "a.created_at",
        "a.created_at, a.id",
    ),
    DataSet(
        "letters",
        "Letters index",
        ("letter", "letters"),
        "One row for each letter: which, to whom, when. The letters themselves stay in the portal.",
        more.LETTERS,
        "JOIN {letter} l ON l.request_id = c.id LEFT JOIN {determination} d ON d.id = l.determination_id",
        "l.created_at",
        "l.created_at, l.id",
    ),
    DataSet(
        AUDIT,
        "Audit trail",
        ("event", "events"),
        "One row for each recorded act of the organization's people, or on its behalf.",
        more.AUDIT,
        moment="e.at",
        order="e.id",
    ),
)
BY_NAME: Final = {one.name: one for one in DATA_SETS}


def data_sets(user: User) -> tuple[DataSet, ...]:
    """Return what this manager may take away: the audit trail needs a permission of its own."""
    return tuple(one for one in DATA_SETS if one.of_cases or may_export_audit(user))


def columns_for(user: User, data: DataSet) -> tuple[Column, ...]:
    """Return the columns that this manager may choose from."""
    return tuple(one for one in data.columns if not one.plan_only or is_plan(user))


def filters_of(user: User, data: DataSet) -> tuple[Filter, ...]:
    """Return the filters that apply to a data set, for this manager."""
    return filters_for(user) if data.of_cases else ()


def select(user: User, data: DataSet, filters: Filters, what: str, rest: str = "") -> Sql:
    """Return the query ``SELECT what`` of the rows under the filters, as this manager may see them.

    Raises PermissionError for a data set that is not theirs.
    """
    if data not in data_sets(user):
        raise PermissionError(data.name)
    source = _of_cases(user, data, filters) if data.of_cases else _of_audit(user)
    day = Filters(SUBMITTED, filters.start, filters.end).where() if filters.by == MADE else Sql("true")
    made = day.text.replace("c.submitted_at", data.moment)
    return Sql(
        f"SELECT {what} {source.text} AND {made} {rest}",
        {**source.params, **day.params, "automatic": AUTOMATIC, "zone": settings.TIME_ZONE},
    )


def count(user: User, data: DataSet, filters: Filters) -> int:
    """Return how many rows there are."""
    (row,) = fetch(select(user, data, filters, "count(*) AS found"))
    return int(row["found"])


def _of_cases(user: User, data: DataSet, filters: Filters) -> Sql:
    chosen = filters.undated() if filters.by == MADE else filters
    source, where = cases(user), chosen.where()
    joins = data.joins.format_map(_TABLES)
    return Sql(f"FROM ({source.text}) c {joins} WHERE {where.text}", {**source.params, **where.params})


def _of_audit(user: User) -> Sql:
    text = (
        "FROM {event} e LEFT JOIN {organization} eo ON eo.id = e.organization_id WHERE "
        "(e.organization_id = %(mine)s OR e.actor_id IN (SELECT id FROM {user} WHERE organization_id = %(mine)s))"
    )
    return Sql(text.format_map(_TABLES), {"mine": user.organization_id})
