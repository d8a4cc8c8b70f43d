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
from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from pa_portal.accounts.models import Organization, Role, User
from pa_portal.determinations import clocks
from pa_portal.determinations.models import Appeal, AppealOutcome, Authorization, Determination, Stage, Task
from pa_portal.determinations.models.determination import AUTOMATIC
from pa_portal.submissions.models import Request, Submission
from pa_portal.submissions.queries import visible_to


@dataclass(frozen=True, slots=True)
class Sql:
    """A statement, or a part of one, with its named parameters in psycopg's ``%(name)s`` style."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


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
  first.decision AS first_decision,
  first.decided_at,
  (first.decided_at AT TIME ZONE %(zone)s)::date AS decided_on,
  first.decided_by_id,
  CASE WHEN first.id IS NOT NULL THEN coalesce(nullif(concat_ws(' ', u.first_name, u.last_name), ''), %(automatic)s) END
    AS decided_by,
  first.id IS NOT NULL AND first.decided_by_id IS NULL AS automatic,
  d.decision,
  d.modified,
  ARRAY(SELECT jsonb_path_query(first.reasons, '$[*].criterion') #>> '{{}}') AS reasons,
  appealed.appeals,
  appealed.appeal_outcome,
  coalesce(k.hours, {time_limit}) AS time_limit_hours,
  coalesce(k.due_at, r.submitted_at + make_interval(hours => {time_limit})) AS due_at,
  coalesce(k.extended_hours, 0) AS extended_hours,
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
CROSS JOIN LATERAL (
  SELECT count(*) AS appeals, (array_agg(coalesce(e.kind, 'open') ORDER BY t.number DESC))[1] AS appeal_outcome
  FROM {appeal} t LEFT JOIN {appeal_outcome} e ON e.appeal_id = t.id WHERE t.request_id = r.id
) appealed
LEFT JOIN LATERAL (
  SELECT t.id, t.decision, t.decided_at, t.decided_by_id, t.reasons FROM {determination} t
  WHERE t.request_id = r.id AND t.decision IN ('approved', 'denied') AND t.supersedes_id IS NULL
) first ON true
LEFT JOIN LATERAL (
  SELECT t.id, t.decision, t.modified FROM {determination} t
  WHERE t.request_id = r.id AND t.decision IN ('approved', 'denied') ORDER BY t.number DESC LIMIT 1
) d ON true
LEFT JOIN {task} k ON k.request_id = r.id AND k.stage = 'request'
LEFT JOIN {user} u ON u.id = first.decided_by_id
LEFT JOIN {authorization} a ON a.determination_id = d.id
LEFT JOIN (
  SELECT t.renews, bool_or(t.state IN ('submitted', 'pended')) AS requested, bool_or(t.state = 'approved') AS approved
  FROM {request} t WHERE t.renews IS NOT NULL AND t.submitted_at IS NOT NULL GROUP BY t.renews
) n ON n.renews = a.id
"""

# What follows from a row alone.
_WORKED_OUT = """
SELECT c.*,
  extract(epoch FROM c.decided_at - c.submitted_at)::double precision / 3600 AS turnaround_hours,
  c.decided_at <= c.due_at AS on_time,
  (c.first_decision = 'approved') <> (c.outcome = 'meets' AND c.diagnosis_covered AND c.within_limit)
    AS against_recommendation
FROM ({cases}) c
"""


def _time_limit() -> str:
    """Return the SQL of the hours that hold where a request has no clock of its own: one from before there were any."""
    hours = {
        f"{business} {urgency}": rule.hours
        for (stage, business, urgency), rule in clocks.DEFAULTS.items()
        if stage == Stage.REQUEST
    }
    cases = " ".join(f"WHEN '{name}' THEN {count}" for name, count in hours.items())
    return f"CASE concat_ws(' ', s.patient ->> 'line_of_business', s.request ->> 'urgency') {cases} END"


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
        task=Task._meta.db_table,
        appeal=Appeal._meta.db_table,
        appeal_outcome=AppealOutcome._meta.db_table,
        time_limit=_time_limit(),
    )
    return Sql(_WORKED_OUT.format(cases=inner), {**scope.params, "zone": settings.TIME_ZONE, "automatic": AUTOMATIC})


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
