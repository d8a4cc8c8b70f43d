"""The one table that every report reads: a row for each submitted request, with what became of it.

Figures, lists and files all select from ``cases``, so a number and its list cannot differ. What the provider said is
as in the latest submission, frozen there. ``first_decision`` and what goes with it (who, when, how long it took) is the
first approval or denial; ``decision`` and the authorization are what is in force, which an appeal may have changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from pa_portal.accounts.models import Organization, Role, User
from pa_portal.determinations.models.determination import AUTOMATIC
from pa_portal.reports.models import Case


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement, or a part of one, with its named parameters in psycopg's ``%(name)s`` style."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


# The joins add nothing and take nothing away, so Postgres leaves out those whose columns nobody asks for.
_CASES = """
SELECT c.*,
  (c.submitted_at AT TIME ZONE %(zone)s)::date AS submitted_on,
  (c.decided_at AT TIME ZONE %(zone)s)::date AS decided_on,
  o.name AS organization,
  p.name AS plan,
  CASE WHEN c.automatic THEN %(automatic)s ELSE nullif(concat_ws(' ', u.first_name, u.last_name), '') END
    AS decided_by,
  CASE WHEN c.turnaround_hours > 14 * 24 THEN 15 ELSE ceil(c.turnaround_hours / 24)::int END AS took_days
FROM {case} c
LEFT JOIN {organization} o ON o.id = c.organization_id
LEFT JOIN {organization} p ON p.id = c.plan_id
LEFT JOIN {user} u ON u.id = c.decided_by_id
WHERE {scope}
"""


def cases(user: User) -> Sql:
    """Return the query of every case this manager may see, by the rule of ``submissions.queries.visible_to``.

    A plan's manager sees what was submitted to the plan, a provider organization's what it submitted; nobody else sees
    anything. Drafts are no cases.
    """
    if not user.is_active or user.role != Role.MANAGER:
        scope = "false"
    elif user.organization.kind == Organization.Kind.PLAN:
        scope = "c.plan_id = %(mine)s"
    else:
        scope = "c.organization_id = %(mine)s"
    return Sql(_text(scope), {**_PARAMS, "mine": user.organization_id})


def all_cases() -> Sql:
    """Return the query of every case, whoever may see it."""
    return Sql(_text("true"), _PARAMS)


_PARAMS: Mapping[str, Any] = {"zone": settings.TIME_ZONE, "automatic": AUTOMATIC}


def _text(scope: str) -> str:
    return _CASES.format(
        case=Case._meta.db_table,
        organization=Organization._meta.db_table,
        user=User._meta.db_table,
        scope=scope,
    )
