"""The dashboard's numbers, worked out by Postgres in two statements.

Every count of requests is taken under the very condition that its list uses. ``figures`` reads the requests of
the days chosen, ``standing`` what is open or authorized today, whatever the day of the request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction

from pa_portal.accounts.models import User
from pa_portal.reports.cases import Sql
from pa_portal.reports.filters import (
    AGES,
    DUE_DAYS,
    LAPSED_DAYS,
    NO_PATHWAY,
    OUTCOMES,
    STATES,
    TOOK,
    Filters,
    condition,
)
from pa_portal.reports.queries import fetch, select
from pa_portal.submissions.models import Urgency

# Named counts of requests: the filters that each adds.
COUNTS: Final[Mapping[str, Mapping[str, str]]] = {
    "received": {},
    "decided": {"state": "decided"},
    "approved": {"state": "approved"},
    "denied": {"state": "denied"},
    "open": {"state": "open"},
    "asked": {"asked": "yes"},
    "against": {"recommendation": "against"},
    "on_time": {"clock": "on_time"},
    "late": {"clock": "late"},
    "authorized": {"authorized": "active"},
    "first_denied": {"first": "denied"},
    "modified": {"modified": "yes"},
    "automatic": {"automatic": "yes"},
    "appealed": {"appeal": "any"},
    "appeal_open": {"appeal": "open"},
    "overturned": {"appeal": "overturned"},
    "upheld": {"appeal": "upheld"},
    **{
        f"{name}{suffix}": {**kind, **decision}
        for name, kind in (
            ("renewals", {"type": "renewal"}),
            ("no_pathway", {"type": "initial", "pathway": NO_PATHWAY}),
        )
        for suffix, decision in (("", {}), ("_approved", {"state": "approved"}), ("_denied", {"state": "denied"}))
    },
    **{f"took_{choice.value}": {"took": choice.value} for choice in TOOK},
    **{
        f"{state.value}_{outcome.value}": {"state": state.value, "outcome": outcome.value}
        for state in STATES
        for outcome in OUTCOMES
    },
}
STANDING: Final[Mapping[str, Mapping[str, str]]] = {
    "open": {"state": "open"},
    "overdue": {"clock": "overdue"},
    "due": {"renewal": "due"},
    "due_requested": {"renewal": "requested"},
    "lapsed": {"renewal": "lapsed"},
    **{age.value: {"age": age.value} for age in AGES},
    **{f"{urgency}_open": {"urgency": urgency, "state": "open"} for urgency in Urgency.values},
    **{f"{urgency}_overdue": {"urgency": urgency, "clock": "overdue"} for urgency in Urgency.values},
    **{f"{urgency}_{age.value}": {"urgency": urgency, "age": age.value} for urgency in Urgency.values for age in AGES},
}

# What may be among the figures of today; each half has an index of its own.
_STANDING = (
    "c.state IN ('submitted', 'pended') OR c.authorization_status = 'active' AND c.valid_through BETWEEN "
    f"%(today)s::date - {LAPSED_DAYS} AND %(today)s::date + {DUE_DAYS}"
)
_STANDING_COLUMNS = """
c.state, c.urgency, c.submitted_at, c.due_at, c.authorization_status, c.start, c.valid_through, c.renewal_date,
c.renewal_requested, c.renewal_approved
"""

# What the counts turn on. Few combinations of these occur, so that they are counted once and the rest is sums of sums.
_DIMENSIONS = """
c.state, c.first_decision, c.urgency, c.outcome, c.request_type, c.pathways, c.information_requests, c.took_days,
c.on_time, c.against_recommendation, c.automatic, c.modified, c.appeal_outcome, c.authorization_status, c.policy_id,
c.policy_version
"""
_GROUPED = f"{_DIMENSIONS}, count(*) AS n, sum(c.total_units) AS units"

_AS_DECIDED = """
sum(c.n) AS received,
coalesce(sum(c.n) FILTER (WHERE c.state = 'approved'), 0) AS approved,
coalesce(sum(c.n) FILTER (WHERE c.state = 'denied'), 0) AS denied
"""
# Each is a SELECT from those groups, ``c``.
_FROM_GROUPS: Final = {
    "units": "SELECT coalesce(sum(c.units), 0) AS units FROM c WHERE c.authorization_status = 'active'",
    "pathways": f"SELECT p.key, {_AS_DECIDED} FROM c, unnest(c.pathways) AS p (key) GROUP BY p.key",  # noqa: S608
    "policies": f"SELECT c.policy_id || ' ' || c.policy_version AS key, {_AS_DECIDED} FROM c GROUP BY 1",  # noqa: S608
}

_EACH_AS_DECIDED = """
count(*) AS received,
count(*) FILTER (WHERE c.state = 'approved') AS approved,
count(*) FILTER (WHERE c.state = 'denied') AS denied
"""
_QUANTILE = "percentile_cont({}) WITHIN GROUP (ORDER BY c.turnaround_hours)"
# Each is what to select from the cases themselves, and how to go on after the reader's own conditions.
_FROM_CASES: Final = {
    "turnaround": (
        f"c.urgency AS key, count(*) AS decided, avg(c.turnaround_hours) AS mean, {_QUANTILE.format(0.5)} AS median, "
        f"{_QUANTILE.format(0.9)} AS ninetieth, count(*) FILTER (WHERE c.on_time) AS on_time",
        "AND c.first_decision IS NOT NULL GROUP BY c.urgency",
    ),
    "reviewers": (
        "c.decided_by_id::text AS key, count(*) AS decided, "
        "count(*) FILTER (WHERE c.first_decision = 'approved') AS approved, "
        "count(*) FILTER (WHERE c.first_decision = 'denied') AS denied, "
        "count(*) FILTER (WHERE c.against_recommendation) AS against, count(*) FILTER (WHERE NOT c.on_time) AS late, "
        f"{_QUANTILE.format(0.5)} AS median",
        "AND c.decided_by_id IS NOT NULL GROUP BY c.decided_by_id",
    ),
    "reasons": (
        "unnest(c.reasons) AS key, count(*) AS denied",
        "AND c.first_decision = 'denied' GROUP BY 1",
    ),
    "organizations": (f"c.organization_id::text AS key, {_EACH_AS_DECIDED}", "GROUP BY c.organization_id"),
    "days": ("{day} AS key, c.state, count(*) AS received", "GROUP BY 1, 2"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by their names in COUNTS or STANDING, and the rows of the tables, each by its ``key``."""

    counts: Mapping[str, int]
    tables: Mapping[str, tuple[dict[str, Any], ...]]

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        return {row["key"]: row for row in self.tables[table]}


def figures(user: User, filters: Filters) -> Figures:
    """Work out the figures of the requests under dated ``filters``."""
    groups = select(user, filters, _GROUPED, f"GROUP BY {_DIMENSIONS}")
    tables = dict(_FROM_GROUPS)
    for name, (what, rest) in _FROM_CASES.items():
        tables[name] = select(user, filters, what.format(day=filters.day), rest).text
    return _run(groups, COUNTS, "coalesce(sum(c.n) FILTER (WHERE {}), 0)", tables)


def standing(user: User, filters: Filters) -> Figures:
    """Work out the figures of today, what is open and what is due for renewal; the days of ``filters`` do not count."""
    source = select(user, filters.undated(), _STANDING_COLUMNS, f"AND ({_STANDING})")
    return _run(source, STANDING, "count(*) FILTER (WHERE {})", {})


def _run(source: Sql, counts: Mapping[str, Mapping[str, str]], counting: str, tables: Mapping[str, str]) -> Figures:
    """Run one statement in which ``c`` stands for ``source``, and which answers all the counts and tables."""
    conditions = {name: _condition(chosen) for name, chosen in counts.items()}
    values = [f'{counting.format(one.text)} AS "{name}"' for name, one in conditions.items()]
    values += [f"(SELECT jsonb_agg(t) FROM ({text}) t)::text AS table_{name}" for name, text in tables.items()]  # noqa: S608
    given = {name: value for one in conditions.values() for name, value in one.params.items()}
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling so long a statement takes longer than running it; and sorting belongs in memory.
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        (row,) = fetch(
            Sql(
                f"WITH c AS MATERIALIZED ({source.text}) SELECT {', '.join(values)} FROM c",  # noqa: S608 (no values)
                {**source.params, **given},
            )
        )
    return Figures(
        {name: int(row[name]) for name in counts},
        {name: tuple(json.loads(row[f"table_{name}"] or "[]")) for name in tables},
    )


def _condition(chosen: Mapping[str, str]) -> Sql:
    """Return the condition of a count, its parameters named apart from those of the reader's own filters."""
    texts = ["true"]
    params = {}
    for name, value in chosen.items():
        own = f"{name}_{value}"
        texts.append("(" + condition(name, value).replace(f"%({name})s", f"%({own})s") + ")")
        params[own] = value
    return Sql(" AND ".join(texts), params)
