"""Figures by the day, worked out once and kept, so that a dashboard over a million requests only adds up days.

A row of ``Day`` is what one statement (``_rows``) says of the cases of one day. Whoever changes a case marks its days
as changed, in the same transaction (a trigger of ``projection``); reading takes the kept rows of the other days and
works out the changed ones afresh, by that same statement, so that a figure is right to the row at any moment.
``fold`` keeps the changed days anew. Writers only ever append marks, so they never wait for one another.

The parts of a day (by pathway, reviewer and so on) are many, so that months of them are kept too, and are read wherever
a whole month is asked for that has no marks.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.pq import Format

from pa_portal.accounts.models import User
from pa_portal.reports import answers, packed
from pa_portal.reports.cases import Sql, all_cases, cases
from pa_portal.reports.counts import COUNTS, condition_of
from pa_portal.reports.filters import DECIDED, SUBMITTED, Filters, is_plan
from pa_portal.reports.models import Answers, Case, Changed, Day, Packed

# Any number will do, as long as nothing else takes it.
LOCK = 7_207_2026
# By which day, and the moment of a case that it is the day of.
_MOMENTS: Final = {SUBMITTED: "c.submitted_at", DECIDED: "c.decided_at"}
# The filters that kept rows can be narrowed by, and their columns. Others take the packed cases (``packed``), or the
# cases themselves.
_NARROWED: Final = {"business": "business", "urgency": "urgency", "type": "request_type"}
_KEYS = "c.plan_id, c.day, c.line_of_business, c.urgency, c.request_type"
SUMS: Final = (*packed.COUNTED, "units")
_STORED = f"plan_id, day, business, urgency, request_type, facet, value, {', '.join(SUMS)}, counts, hours"
# Which packed rows a manager reads and which marks hold for them, by whether they are a plan's.
_PACKED_FOR: Final = {
    True: ("d.plan_id = %(mine)s AND d.organization_id IS NULL", "d.plan_id = %(mine)s"),
    False: ("d.organization_id = %(mine)s", "true"),
}
# How many days are worked out in one statement when they are kept.
_BATCH = 60

_SUMMED = ", ".join(
    [
        *(f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in packed.COUNTED.items()),
        f"coalesce(sum({packed.UNITS}), 0) AS units",
    ]
)
_COLUMNS = """
c.plan_id, c.organization_id, c.decided_by_id, c.line_of_business, c.urgency, c.request_type, c.state, c.outcome,
c.pathways, c.reasons, c.policy_id, c.policy_version, c.information_requests, c.first_decision, c.first_modified,
c.decision, c.modified, c.automatic, c.against_recommendation, c.appeal_outcome, c.on_time, c.extended_hours,
c.turnaround_hours, c.took_days, c.authorization_status, c.total_units
"""
# Every turnaround, eight bytes each: bytes are joined across days far faster than arrays are.
_HOURS = (
    "string_agg(float8send(c.turnaround_hours), ''::bytea ORDER BY c.turnaround_hours) "
    "FILTER (WHERE c.first_decision IS NOT NULL)"
)
# What rows are told apart by besides their keys: the whole, and the kinds of each table. The value, what it is taken
# from, which cases count, and whether their turnarounds are kept.
_FACETS: Final = (
    ("", "''", "", "true", True),
    ("pathway", "f.value", ", unnest(c.pathways) AS f (value)", "true", False),
    ("reason", "f.value", ", unnest(c.reasons) AS f (value)", "c.first_decision = 'denied'", False),
    ("policy", "c.policy_id || ' ' || c.policy_version", "", "true", False),
    ("organization", "c.organization_id::text", "", "true", False),
    ("reviewer", "c.decided_by_id::text", "", "c.decided_by_id IS NOT NULL", True),
)


def _rows(source: str) -> Sql:
    """Return the query of the rows of the cases that ``source`` selects with their ``day``, in the order of _STORED."""
    conditions = [condition_of(chosen) for chosen in COUNTS.values()]
    counts = " || ".join(f"int4send((count(*) FILTER (WHERE {one.text}))::int4)" for one in conditions)
    parts = [
        f"SELECT {_KEYS}, '{facet}' AS facet, {value} AS value, {_SUMMED}, "  # noqa: S608 (no values)
        f"{'NULL::bytea' if facet else counts} AS counts, {_HOURS if timed else 'NULL::bytea'} AS hours "
        f"FROM c{further} WHERE {chosen} GROUP BY 1, 2, 3, 4, 5, 7"
        for facet, value, further, chosen, timed in _FACETS
    ]
    return Sql(
        f"WITH c AS MATERIALIZED ({source}) {' UNION ALL '.join(parts)}",
        {name: value for one in conditions for name, value in one.params.items()},
    )


def _of_days(basis: str, days: str, source: str, rest: str) -> str:
    """Return the query of the cases from ``source`` of the days ``k`` that ``days`` selects, each with its day.

    ``rest`` are further conditions. OFFSET keeps Postgres to the index of the moments, a day at a time.
    """
    moment = _MOMENTS[basis]
    return (
        f"SELECT k.day, {_COLUMNS} FROM ({days}) k CROSS JOIN LATERAL (SELECT {_COLUMNS} FROM ({source}) c "  # noqa: S608
        f"WHERE {moment} >= k.day::timestamp AT TIME ZONE %(zone)s "
        f"AND {moment} < (k.day + 1)::timestamp AT TIME ZONE %(zone)s AND {rest} OFFSET 0) c"
    )


def digest() -> str:
    """Return what tells kept rows from those that another version of the statement, or another time zone, made."""
    made, packing = _rows(""), packed.packing("")
    params = sorted({**made.params, **packing.params}.items())
    parts = f"{made.text}{packing.text}{params}{answers.digest()}{settings.TIME_ZONE}"
    return hashlib.sha256(parts.encode()).hexdigest()


# Reading


def read(
    user: User, filters: Filters, *, keys: Sequence[str] = ("day", "urgency"), facets: bool = True
) -> list[tuple[Any, ...]]:
    """Return the sums of the cases under the filters: facet, value, each of ``keys``, SUMS, counts and hours.

    ``keys`` ("day", "business", "urgency") tell the whole apart, and are None for the parts; without ``facets`` there
    are no parts.
    """
    kept = is_plan(user) and filters.chosen.keys() <= _NARROWED.keys()
    if not kept and filters.chosen.keys() <= packed.FILTERS:
        return _unpacked(user, filters, keys, facets)
    return _summed(_kept(user, filters) if kept else _afresh(user, filters), keys, facets)


def _summed(rows: Sql, keys: Sequence[str], facets: bool) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        _prepare(cursor)
        cursor.execute(_added_up(rows.text, keys, facets), rows.params)
        return list(cursor.fetchall())


def _added_up(rows: str, keys: Sequence[str], facets: bool) -> str:
    whole = "" if facets else "WHERE r.facet = ''"
    apart = "".join(f"CASE r.facet WHEN '' THEN r.{name} END, " for name in keys)
    sums = ", ".join(f"sum(r.{name})::bigint" for name in SUMS)
    return (
        f"SELECT r.facet, r.value, {apart}{sums}, "  # noqa: S608 (no values)
        "string_agg(r.counts, ''::bytea), string_agg(r.hours, ''::bytea) "
        f"FROM ({rows}) AS r ({_STORED}) {whole} "
        f"GROUP BY {', '.join(str(place) for place in range(1, 3 + len(keys)))}"
    )


def _prepare(cursor: Any) -> None:
    """Compiling so long a statement takes longer than running it; and sorting belongs in memory."""
    cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")


def _basis(filters: Filters) -> str:
    return DECIDED if filters.by == DECIDED else SUBMITTED


def _afresh(user: User, filters: Filters) -> Sql:
    """Return the rows of the cases themselves, whatever they are narrowed by."""
    source, where = cases(user), filters.where()
    found = _rows(f"SELECT {filters.day} AS day, {_COLUMNS} FROM ({source.text}) c WHERE {where.text}")  # noqa: S608
    return Sql(found.text, {**source.params, **where.params, **found.params})


def _unpacked(user: User, filters: Filters, keys: Sequence[str], facets: bool) -> list[tuple[Any, ...]]:
    """As ``read``, from the packed cases of the days that are as they were, and from the cases of the others.

    Both come by one statement, so that nobody folds in between.
    """
    source, where, basis = cases(user), filters.where(), _basis(filters)
    within = "d.basis = %(basis)s AND d.day BETWEEN %(first)s AND %(last)s"
    mine, marks = _PACKED_FOR[is_plan(user)]
    marked = f"SELECT DISTINCT d.plan_id, d.day FROM {Changed._meta.db_table} d WHERE {within} AND {marks}"  # noqa: S608
    # Put so that no index takes the plan: the day's is the one to read by.
    own = f"{where.text} AND c.plan_id IS NOT DISTINCT FROM k.plan_id"
    fresh = _rows(_of_days(basis, "SELECT * FROM marked", source.text, own))
    nothing = ", ".join(
        [*("NULL::date" if name == "day" else "NULL::text" for name in keys), *("NULL::bigint" for _ in SUMS)]
    )
    text = (
        f"WITH marked AS MATERIALIZED ({marked}), fresh AS ({_added_up(fresh.text, keys, facets)}) "  # noqa: S608
        f"SELECT NULL::date, fresh.* FROM fresh UNION ALL SELECT d.day, '', '', {nothing}, d.cases, NULL::bytea "
        f"FROM {packed.table()} d WHERE {within} AND {mine} AND (d.plan_id, d.day) NOT IN (SELECT * FROM marked)"
    )
    given = {**source.params, **where.params, **fresh.params, "basis": basis, **_span(filters)}
    with transaction.atomic(), connection.cursor() as cursor:
        _prepare(cursor)
        statement = cursor.mogrify(text, given)
        # Django's own cursors take bytes as text, which is twice as much.
        with CursorWrapper(psycopg.Cursor(connection.connection), connection) as binary:
            binary.cursor.format = Format.BINARY
            binary.execute(statement)
            found = binary.fetchall()
    days = [(day, bytes(row[-2])) for day, *row in found if day is not None]
    rows = [tuple(row) for day, *row in found if day is None]
    return _merged([*rows, *packed.rows(sorted(days), filters.chosen, keys=keys, facets=facets)], 2 + len(keys))


def _merged(rows: Iterable[tuple[Any, ...]], keys: int) -> list[tuple[Any, ...]]:
    """Return one row for all that have the same first ``keys`` values."""
    found: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[:keys], []).append(row[keys:])
    return [
        (
            *key,
            *(sum(row[at] for row in same) for at in range(len(SUMS))),
            *(b"".join(bytes(row[at] or b"") for row in same) for at in (-2, -1)),
        )
        for key, same in found.items()
    ]


def _span(filters: Filters) -> dict[str, datetime.date]:
    """Return the first and the last day asked for."""
    return {
        "first": filters.start or datetime.date.min,
        "last": filters.end or datetime.date.max - datetime.timedelta(days=366),
    }


def _kept(user: User, filters: Filters) -> Sql:
    """Return the kept rows of the days that are as they were, and the rows of the others afresh."""
    source, where, basis = cases(user), filters.where(), _basis(filters)
    within = "d.plan_id = %(mine)s AND d.basis = %(basis)s AND d.day BETWEEN %(first)s AND %(last)s"
    narrowed = "".join(f" AND d.{_NARROWED[name]} = %({name})s" for name in filters.chosen)
    stored, marks = Day._meta.db_table, Changed._meta.db_table
    marked = f"SELECT DISTINCT d.day FROM {marks} d WHERE {within}"  # noqa: S608
    fresh = _rows(_of_days(basis, marked, source.text, where.text))
    span = _span(filters)
    inner, outer = _whole_months(span["first"], span["last"] + datetime.timedelta(days=1))
    mine = f"FROM {stored} d WHERE d.plan_id = %(mine)s AND d.basis = %(basis)s{narrowed}"
    month = "date_trunc('month', d.day)::date"
    marked_months = (
        f"SELECT DISTINCT {month} AS month FROM {marks} d WHERE {within} AND d.day >= %(inner)s AND d.day < %(outer)s"  # noqa: S608
    )
    month_by_month = f"SELECT month, (month + interval '1 month')::date FROM ({marked_months}) m"  # noqa: S608
    # Before and after the whole months, and within them the months with a mark.
    by_day = (
        f"VALUES (%(first)s::date, %(inner)s::date), (%(outer)s::date, %(last)s::date + 1) UNION ALL {month_by_month}"
    )
    return Sql(
        f"SELECT {_STORED} {mine} AND d.span = 'whole' AND d.day BETWEEN %(first)s AND %(last)s "  # noqa: S608
        f"AND d.day NOT IN ({marked}) "
        f"UNION ALL SELECT {_STORED} {mine} AND d.span = 'month' AND d.day >= %(inner)s AND d.day < %(outer)s "
        f"AND d.day NOT IN ({marked_months}) "
        f"UNION ALL SELECT d.* FROM ({by_day}) AS b (lo, hi) CROSS JOIN LATERAL (SELECT {_STORED} {mine} "
        f"AND d.span = 'day' AND d.day >= b.lo AND d.day < b.hi AND d.day NOT IN ({marked}) OFFSET 0) d "
        f"UNION ALL ({fresh.text})",
        {
            **source.params,
            **where.params,
            **fresh.params,
            "basis": basis,
            **span,
            "inner": inner,
            "outer": outer,
        },
    )


def _whole_months(first: datetime.date, after: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Return the first day of the months that lie between two days as a whole, and the day after; twice ``after`` for
    none.
    """
    inner = first if first.day == 1 else (first.replace(day=1) + datetime.timedelta(days=31)).replace(day=1)
    outer = after.replace(day=1)
    return (inner, outer) if inner < outer else (after, after)


# Keeping


@transaction.atomic
def fold() -> int:
    """Keep the changed days anew and return how many there were. What changes meanwhile stays marked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(
            f"WITH gone AS (DELETE FROM {Changed._meta.db_table} RETURNING plan_id, basis, day) "  # noqa: S608
            "SELECT DISTINCT basis, plan_id, day FROM gone ORDER BY 1, 2, 3"
        )
        marked = cursor.fetchall()
        for basis in _MOMENTS:
            days = [(plan, day) for where, plan, day in marked if where == basis]
            for start in range(0, len(days), _BATCH):
                _keep(basis, days[start : start + _BATCH])
            _keep_months(basis, sorted({(plan, day.replace(day=1)) for plan, day in days}))
            if basis == SUBMITTED:
                answers.keep(days)
    return len(marked)


def _keep(basis: str, days: Sequence[tuple[Any, Any]]) -> None:
    source = all_cases()
    chosen = "SELECT * FROM unnest(%(plans)s::uuid[], %(days)s::date[]) AS k (plan_id, day)"
    rows = _rows(_of_days(basis, chosen, source.text, "c.plan_id = k.plan_id"))
    given: dict[str, Any] = {"plans": [plan for plan, _ in days], "days": [day for _, day in days], "basis": basis}
    table = Day._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        cursor.execute(
            f"DELETE FROM {table} d USING ({chosen}) k "  # noqa: S608
            "WHERE d.plan_id = k.plan_id AND d.day = k.day AND d.basis = %(basis)s AND d.span <> 'month'",
            given,
        )
        cursor.execute(
            f"INSERT INTO {table} (basis, span, {_STORED}) "  # noqa: S608
            f"SELECT %(basis)s, CASE facet WHEN '' THEN 'whole' ELSE 'day' END, r.* FROM ({rows.text}) r",
            {**source.params, **rows.params, **given},
        )
        cases = _of_days(basis, chosen, source.text, "c.plan_id = k.plan_id")
        cursor.execute(packed.codes(cases), {**source.params, **given})
        pack = packed.packing(cases)
        cursor.execute(
            f"DELETE FROM {packed.table()} d USING ({chosen}) k "  # noqa: S608
            "WHERE d.plan_id = k.plan_id AND d.day = k.day AND d.basis = %(basis)s",
            given,
        )
        cursor.execute(
            f"INSERT INTO {packed.table()} (basis, {packed.KEPT}) SELECT %(basis)s, p.* FROM ({pack.text}) p",  # noqa: S608
            {**source.params, **pack.params, **given},
        )


def _keep_months(basis: str, months: Sequence[tuple[Any, Any]]) -> None:
    table = Day._meta.db_table
    given: dict[str, Any] = {"plans": [plan for plan, _ in months], "days": [day for _, day in months], "basis": basis}
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} d USING unnest(%(plans)s::uuid[], %(days)s::date[]) AS k (plan_id, day) "  # noqa: S608
            "WHERE d.plan_id = k.plan_id AND d.day = k.day AND d.basis = %(basis)s AND d.span = 'month'",
            given,
        )
        chosen = (
            "JOIN unnest(%(plans)s::uuid[], %(days)s::date[]) AS k (plan_id, day) "
            "ON d.plan_id = k.plan_id AND d.day >= k.day AND d.day < k.day + interval '1 month'"
        )
        cursor.execute(
            f"INSERT INTO {table} (basis, span, {_STORED}) SELECT %(basis)s, 'month', {_months(chosen)}", given
        )


def _months(chosen: str = "") -> str:
    """Return what to select, and from where, for the months that the kept parts of days add up to."""
    sums = ", ".join(f"sum(d.{name})" for name in SUMS)
    keys = "d.plan_id, date_trunc('month', d.day)::date, d.business, d.urgency, d.request_type, d.facet, d.value"
    return (
        f"{keys}, {sums}, NULL::bytea, string_agg(d.hours, ''::bytea ORDER BY d.day) "
        f"FROM {Day._meta.db_table} d {chosen} WHERE d.basis = %(basis)s AND d.span = 'day' GROUP BY {keys}"
    )


def mark_all() -> None:
    """Mark every day on which there is a case or a kept row."""
    marks, zone = Changed._meta.db_table, {"zone": settings.TIME_ZONE}
    with connection.cursor() as cursor:
        for basis, moment in _MOMENTS.items():
            cursor.execute(
                f"INSERT INTO {marks} (plan_id, basis, day) "  # noqa: S608
                f"SELECT c.plan_id, %(basis)s, ({moment} AT TIME ZONE %(zone)s)::date FROM {Case._meta.db_table} c "
                f"WHERE {moment} IS NOT NULL "
                f"UNION SELECT plan_id, basis, day FROM {Day._meta.db_table} "
                "WHERE basis = %(basis)s AND span <> 'month' "
                f"UNION SELECT plan_id, basis, day FROM {packed.table()} WHERE basis = %(basis)s "
                f"UNION SELECT plan_id, %(basis)s, day FROM {Answers._meta.db_table} WHERE %(basis)s = '{SUBMITTED}'",
                {**zone, "basis": basis},
            )


def install(**_: Any) -> None:
    """Mark every day if the kept sums are those of another statement or time zone than this version's."""
    # The youngest of them says so: where it was dropped and made anew, every day has to be kept anew too.
    table, made = Answers._meta.db_table, digest()
    if not {one._meta.db_table for one in (Day, Packed, Answers)} <= set(connection.introspection.table_names()):
        return  # migrations have gone back before there were all of them
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [table])
        if cursor.fetchone()[0] != made:
            cursor.execute("SELECT set_config('portal.system', 'cases', true)")
            mark_all()
            cursor.execute(f"COMMENT ON TABLE {table} IS '{made}'")


def differences() -> int:
    """Return how many kept rows are not as the cases say, missing and left-over ones included; marked days aside."""
    found = 0
    for basis, moment in _MOMENTS.items():
        source = all_cases()
        day = f"({moment} AT TIME ZONE %(zone)s)::date"
        given = f"SELECT {day} AS day, {_COLUMNS} FROM ({source.text}) c WHERE {moment} IS NOT NULL"  # noqa: S608
        fresh, pack = _rows(given), packed.packing(given)
        params = {**source.params, **fresh.params, **pack.params, "basis": basis}
        found += _odd(fresh.text, _stored("span <> 'month'"), "day", params)
        found += _odd(f"SELECT {_months()}", _stored("span = 'month'"), "date_trunc('month', day)::date", params)
        kept = f"SELECT {packed.KEPT} FROM {packed.table()} WHERE basis = %(basis)s"  # noqa: S608
        found += _odd(pack.text, kept, "day", params)
    return found + answers.differences()


def _stored(span: str) -> str:
    return f"SELECT {_STORED} FROM {Day._meta.db_table} WHERE basis = %(basis)s AND {span}"  # noqa: S608


def _odd(right: str, kept: str, span: str, params: Mapping[str, Any]) -> int:
    """Return how many rows of the query ``kept`` are not those of ``right``; where there is a mark, none counts."""
    marks = f"SELECT plan_id, {span} FROM {Changed._meta.db_table} WHERE basis = %(basis)s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH stored AS ({kept}), fresh AS (SELECT * FROM stored WHERE false UNION ALL ({right})), odd AS ("  # noqa: S608
            "(SELECT * FROM fresh EXCEPT ALL SELECT * FROM stored) UNION ALL "
            "(SELECT * FROM stored EXCEPT ALL SELECT * FROM fresh)) "
            f"SELECT count(*) FROM odd WHERE (plan_id, day) NOT IN ({marks})",
            params,
        )
        return int(cursor.fetchone()[0])
