"""The one table that every report reads: a row for each submitted request, with what became of it.

Figures, lists and files all select from ``cases``, so a number and its list cannot differ. What the provider said is
as in the latest submission, frozen there; the decision is the latest approval or denial.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from pa_portal.accounts.models import Organization, Role, User
from pa_portal.determinations.models import Authorization, Determination
from pa_portal.submissions.models import Request, Submission
from pa_portal.submissions.queries import visible_to


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement, or a part of one, with its named parameters in psycopg's ``%(name)s`` style."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


# Hours from submission to decision that a plan allows itself: by line of business, then by urgency.
TIME_LIMITS: Final = {"medicare": {"standard": 72, "expedited": 24}, "": {"standard": 7 * 24, "expedited": 72}}

_OF_REQUEST = (
    "id",
    "reference",
    "organization_id",
    "plan_id",
    "policy_id",
    "policy_version",
    "request_type",
    "state",
    "submitted_at",
)

_CASES = """
SELECT
  r.id, r.reference, r.organization_id, r.plan_id, r.policy_id, r.policy_version, r.request_type, r.state,
  r.submitted_at,
  (r.submitted_at AT TIME ZONE %(zone)s)::date AS submitted_on,
  o.name AS organization,
  p.name AS plan,
  s.submissions,
  s.request ->> 'urgency' AS urgency,
  s.patient ->> 'line_of_business' AS line_of_business,
  concat_ws(' ', s.patient ->> 'first_name', s.patient ->> 'last_name') AS patient_name,
  s.patient ->> 'member_id' AS member_id,
  concat_ws(' ', s.prescriber ->> 'first_name', s.prescriber ->> 'last_name') AS prescriber,
  s.prescriber ->> 'npi' AS prescriber_npi,
  s.treatment ->> 'diagnosis_code' AS diagnosis_code,
  (s.treatment ->> 'diagnosis_covered')::boolean AS diagnosis_covered,
  (s.treatment -> 'dose' ->> 'within_limit')::boolean AS within_limit,
  s.decision ->> 'outcome' AS outcome,
  ARRAY(SELECT jsonb_array_elements_text(s.decision -> 'pathways')) AS pathways,
  ARRAY(SELECT jsonb_array_elements_text(s.decision -> 'flags')) AS flags,
  asked.information_requests,
  d.decision,
  d.decided_at,
  (d.decided_at AT TIME ZONE %(zone)s)::date AS decided_on,
  d.decided_by_id,
  nullif(concat_ws(' ', u.first_name, u.last_name), '') AS decided_by,
  ARRAY(SELECT jsonb_path_query(d.reasons, '$[*].criterion') #>> '{{}}') AS reasons,
  a.id AS authorization_id, a.number AS authorization_number, a.status AS authorization_status,
  a.start, a.valid_through, a.renewal_date, a.hcpcs, a.units_per_dose, a.interval_days, a.doses, a.total_units,
  a.dose_mg, a.regimen,
  n.requested AS renewal_requested,
  n.approved AS renewal_approved
FROM ({scope}) r
JOIN {organization} o ON o.id = r.organization_id
JOIN {organization} p ON p.id = r.plan_id
CROSS JOIN LATERAL (
  SELECT t.number AS submissions, c.*
  -- Taken apart once: the content is long, and each arrow into it would unpack it again.
  FROM {submission} t, jsonb_to_record(t.content)
    AS c (request jsonb, patient jsonb, prescriber jsonb, treatment jsonb, decision jsonb)
  WHERE t.request_id = r.id ORDER BY t.number DESC LIMIT 1
) s
CROSS JOIN LATERAL (
  SELECT count(*) AS information_requests FROM {determination} t
  WHERE t.request_id = r.id AND t.decision = 'pended'
) asked
LEFT JOIN LATERAL (
  SELECT t.id, t.decision, t.decided_at, t.decided_by_id, t.reasons FROM {determination} t
  WHERE t.request_id = r.id AND t.decision IN ('approved', 'denied') ORDER BY t.number DESC LIMIT 1
) d ON true
LEFT JOIN {user} u ON u.id = d.decided_by_id
LEFT JOIN {authorization} a ON a.determination_id = d.id
LEFT JOIN (
  SELECT t.renews, bool_or(t.state IN ('submitted', 'pended')) AS requested, bool_or(t.state = 'approved') AS approved
  FROM {request} t WHERE t.renews IS NOT NULL AND t.submitted_at IS NOT NULL GROUP BY t.renews
) n ON n.renews = a.id
"""

# What follows from a row alone.
_WORKED_OUT = f"""
SELECT c.*,
  extract(epoch FROM c.decided_at - c.submitted_at)::double precision / 3600 AS turnaround_hours,
  CASE c.line_of_business || ' ' || c.urgency
    WHEN 'medicare standard' THEN {TIME_LIMITS["medicare"]["standard"]}
    WHEN 'medicare expedited' THEN {TIME_LIMITS["medicare"]["expedited"]}
    ELSE CASE c.urgency WHEN 'expedited' THEN {TIME_LIMITS[""]["expedited"]} ELSE {TIME_LIMITS[""]["standard"]} END
  END AS time_limit_hours,
  (c.decision = 'approved') <> (c.outcome = 'meets' AND c.diagnosis_covered AND c.within_limit)
    AS against_recommendation
FROM ({{cases}}) c
"""  # noqa: S608 (numbers of this module)


def cases(user: User) -> Sql:
    """Return the query of every case this manager may see: ``submissions.queries.visible_to`` decides which.

    For anyone but a manager it has no rows. Drafts are never among them.
    """
    requests = visible_to(user).filter(submitted_at__isnull=False)
    scope = _select(requests if user.role == Role.MANAGER else requests.none())
    inner = _CASES.format(
        scope=scope.text,
        organization=Organization._meta.db_table,
        submission=Submission._meta.db_table,
        determination=Determination._meta.db_table,
        authorization=Authorization._meta.db_table,
        request=Request._meta.db_table,
        user=User._meta.db_table,
    )
    return Sql(_WORKED_OUT.format(cases=inner), {**scope.params, "zone": settings.TIME_ZONE})


def _select(requests: QuerySet[Request]) -> Sql:
    """Return the SQL of ``requests``, their parameters named."""
    # order_by() drops the model's own order, which a subquery has no use for.
    rows = requests.order_by().values_list(*_OF_REQUEST)
    try:
        text, values = rows.query.sql_with_params()
    except EmptyResultSet:
        everything = _select(Request.objects.all())
        return Sql(f"SELECT * FROM ({everything.text}) nothing WHERE false", everything.params)  # noqa: S608
    names = {f"scope_{place}": value for place, value in enumerate(values)}
    return Sql(text % tuple(f"%({name})s" for name in names), names)
