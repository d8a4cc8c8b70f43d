"""The dashboard's numbers, worked out by Postgres in two statements.

Every count of requests is ``count(*)`` under the very condition that its list uses. ``figures`` reads the requests of
the days chosen, ``standing`` what is open or authorized today, whatever the day of the request.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pa_portal.accounts.models import User
from pa_portal.reports.cases import Sql
from pa_portal.reports.filters import AGES, NO_PATHWAY, OUTCOMES, STATES, TOOK, Filters, condition
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

# What may be among the figures of today: nothing else need be looked at.
_STANDING = "c.state IN ('submitted', 'pended') OR c.authorization_status = 'active'"
# What the statements below read of a case.
_NEEDED = """
c.state, c.decision, c.first_decision, c.urgency, c.outcome, c.pathways, c.reasons, c.request_type, c.organization_id,
c.decided_by_id, c.policy_id, c.policy_version, c.submitted_at, c.information_requests, c.against_recommendation,
c.turnaround_hours, c.due_at, c.on_time, c.extended_hours, c.automatic, c.modified, c.appeals, c.appeal_outcome,
c.authorization_status, c.renewal_requested, c.renewal_approved, c.start, c.valid_through, c.renewal_date, c.total_units
"""

_DECIDED_AS = """
count(*) AS received,
count(*) FILTER (WHERE c.state = 'approved') AS approved,
count(*) FILTER (WHERE c.state = 'denied') AS denied
"""
# Each is one SELECT from ``c``, whose rows come back as a list.
_TABLES: Final = {
    "units": "SELECT coalesce(sum(c.total_units), 0) AS units FROM c WHERE c.authorization_status = 'active'",
    "turnaround": """
        SELECT c.urgency AS key, count(*) AS decided, avg(c.turnaround_hours) AS mean,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY c.turnaround_hours) AS median,
          percentile_cont(0.9) WITHIN GROUP (ORDER BY c.turnaround_hours) AS ninetieth,
          count(*) FILTER (WHERE c.on_time) AS on_time
        FROM c WHERE c.first_decision IS NOT NULL GROUP BY c.urgency""",
    "pathways": f"SELECT p.key, {_DECIDED_AS} FROM c, unnest(c.pathways) AS p (key) GROUP BY p.key",  # noqa: S608
    "reasons": """
        SELECT r.key, count(*) AS denied FROM c, unnest(c.reasons) AS r (key)
        WHERE c.first_decision = 'denied' GROUP BY r.key""",
    "organizations": f"SELECT c.organization_id::text AS key, {_DECIDED_AS} FROM c GROUP BY c.organization_id",  # noqa: S608
    "policies": f"SELECT c.policy_id || ' ' || c.policy_version AS key, {_DECIDED_AS} FROM c GROUP BY 1",  # noqa: S608
    "reviewers": """
        SELECT c.decided_by_id::text AS key, count(*) AS decided,
          count(*) FILTER (WHERE c.first_decision = 'approved') AS approved,
          count(*) FILTER (WHERE c.first_decision = 'denied') AS denied,
          count(*) FILTER (WHERE c.against_recommendation) AS against,
          count(*) FILTER (WHERE NOT c.on_time) AS late,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY c.turnaround_hours) AS median
        FROM c WHERE c.decided_by_id IS NOT NULL GROUP BY c.decided_by_id""",
    "periods": f"""
        SELECT date_trunc(%(unit)s, c.day)::date AS key, {_DECIDED_AS},
          count(*) FILTER (WHERE c.state IN ('submitted', 'pended')) AS open,
          count(*) FILTER (WHERE c.state = 'withdrawn') AS withdrawn
        FROM c GROUP BY 1 ORDER BY 1""",  # noqa: S608
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts by their names in COUNTS or STANDING, and the rows of the tables, each by its ``key``."""

    counts: Mapping[str, int]
    tables: Mapping[str, tuple[dict[str, Any], ...]]

    def rows(self, table: str) -> dict[str, dict[str, Any]]:
        return {row["key"]: row for row in self.tables[table]}


def unit(start: datetime.date, end: datetime.date) -> str:
    """Return how finely to divide the days from ``start`` to ``end``: "day", "week", "month", "quarter" or "year"."""
    days = (end - start).days + 1
    return next(name for name, most in _UNITS if days <= most)


_UNITS = (("day", 31), ("week", 26 * 7), ("month", 3 * 366), ("quarter", 6 * 366), ("year", 100 * 366))


def figures(user: User, filters: Filters) -> Figures:
    """Work out the figures of the requests under dated ``filters``."""
    assert filters.start is not None
    assert filters.end is not None
    source = select(user, filters, f"{_NEEDED}, {filters.day} AS day")
    return _run(source, COUNTS, _TABLES, {"unit": unit(filters.start, filters.end)})


def standing(user: User, filters: Filters) -> Figures:
    """Work out the figures of today, what is open and what is due for renewal; the days of ``filters`` do not count."""
    source = select(user, filters.undated(), _NEEDED, f"AND ({_STANDING})")
    return _run(source, STANDING, {}, {})


def _run(
    source: Sql, counts: Mapping[str, Mapping[str, str]], tables: Mapping[str, str], params: Mapping[str, Any]
) -> Figures:
    """Run one statement that reads ``source`` once and answers all the counts and tables."""
    conditions = {name: _condition(chosen) for name, chosen in counts.items()}
    values = [f'count(*) FILTER (WHERE {one.text}) AS "{name}"' for name, one in conditions.items()]
    values += [f"(SELECT jsonb_agg(t) FROM ({text}) t)::text AS table_{name}" for name, text in tables.items()]  # noqa: S608
    given = {name: value for one in conditions.values() for name, value in one.params.items()}
    (row,) = fetch(
        Sql(
            f"WITH c AS MATERIALIZED ({source.text}) SELECT {', '.join(values)} FROM c",  # noqa: S608 (no values)
            {**source.params, **given, **params},
        )
    )
    return Figures(
        {name: row[name] for name in counts},
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
