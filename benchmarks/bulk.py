"""Many cases at once, made inside the database, for measuring what reads them."""

from __future__ import annotations

import json
import random
import uuid

from django.db import connection, transaction

from benchmarks.cases import near_a_pathway
from criteria import catalog
from pa_portal.determinations.models import Task
from pa_portal.reports.models import Case, CaseFacts
from pa_portal.submissions.models import Request

DAYS = 730

# ``n`` counts the cases; each ``pick`` turns it into a fraction of its own from 0 to 1.
_INSERT = """
INSERT INTO {table} (
  id, organization_id, plan_id, decided_by_id, authorization_id, submitted_at, decided_at, due_at, turnaround_hours,
  start, valid_through, renewal_date, total_units, time_limit_hours, extended_hours, submissions,
  information_requests, appeals, appeal_outcome, units_per_dose, interval_days, doses, diagnosis_covered, automatic,
  modified, on_time, against_recommendation, state, request_type, urgency, line_of_business, outcome, pathways, flags,
  reasons, first_decision, decision, authorization_status, policy_id, policy_version, reference, patient_name,
  member_id, prescriber, prescriber_npi, diagnosis_code, authorization_number, hcpcs, dose_mg, regimen
)
SELECT
  gen_random_uuid(), (%(organizations)s::uuid[])[1 + n %% %(many)s], %(plan)s,
  CASE WHEN decided AND NOT automatic THEN (%(reviewers)s::uuid[])[1 + n %% 2] END,
  CASE WHEN approved THEN gen_random_uuid() END, submitted_at,
  CASE WHEN decided THEN submitted_at + took * interval '1 hour' END, submitted_at + hours * interval '1 hour',
  CASE WHEN decided THEN took END, CASE WHEN approved THEN submitted_at::date + 7 END,
  CASE WHEN approved THEN submitted_at::date + 187 END, CASE WHEN approved THEN submitted_at::date + 188 END,
  CASE WHEN approved THEN 675 END, hours, 0, 1 + (pick(n, 1) < 0.1)::int, (pick(n, 1) < 0.1)::int,
  (NOT approved AND decided AND pick(n, 2) < 0.1)::int,
  CASE WHEN NOT approved AND decided AND pick(n, 2) < 0.1 THEN 'upheld' END,
  CASE WHEN approved THEN 75 END, CASE WHEN approved THEN 21 END, CASE WHEN approved THEN 9 END, pick(n, 3) > 0.02,
  automatic, CASE WHEN decided THEN pick(n, 4) < 0.02 END, CASE WHEN decided THEN took <= hours END,
  CASE WHEN decided THEN pick(n, 5) < 0.05 END, state, CASE WHEN pick(n, 6) < 0.2 THEN 'renewal' ELSE 'initial' END,
  CASE WHEN hours = 72 THEN 'expedited' ELSE 'standard' END,
  (ARRAY['commercial', 'marketplace', 'medicaid', 'medicare'])[1 + (4 * pick(n, 7))::int %% 4],
  CASE WHEN approved THEN 'meets' WHEN pick(n, 8) < 0.5 THEN 'does_not_meet' ELSE 'insufficient_information' END,
  CASE WHEN approved THEN ARRAY[(%(pathways)s::text[])[1 + n %% 8]] ELSE '{{}}' END, '{{}}',
  CASE WHEN decided AND NOT approved THEN ARRAY[(%(criteria)s::text[])[1 + n %% %(kinds)s]] ELSE '{{}}' END,
  CASE WHEN approved THEN 'approved' WHEN decided THEN 'denied' END,
  CASE WHEN approved THEN 'approved' WHEN decided THEN 'denied' END, CASE WHEN approved THEN 'active' END,
  'IC-0072', '2025-09-04', 'PA-' || n, 'Marisol Quintana ' || n, 'PMH' || n, 'Adaeze Okafor', '1529483715', 'C50.911',
  CASE WHEN approved THEN 'AU-' || n END, CASE WHEN approved THEN 'J9207' END, CASE WHEN approved THEN 70.4 END,
  CASE WHEN approved THEN 'single_agent' END
FROM (
  SELECT n, now() - pick(n, 9) * make_interval(days => %(days)s) AS submitted_at,
    CASE WHEN pick(n, 10) < 0.25 THEN 72 ELSE 168 END AS hours, 2 + 200 * pick(n, 11) ^ 2 AS took,
    pick(n, 12) < 0.15 AS automatic
  FROM generate_series(1, %(count)s) AS n
) made
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN submitted_at > now() - interval '14 days' AND pick(n, 13) < 0.5 THEN 'submitted'
    WHEN pick(n, 13) < 0.03 THEN 'withdrawn' WHEN pick(n, 13) < 0.25 THEN 'denied' ELSE 'approved'
  END AS state
) standing
CROSS JOIN LATERAL (
  SELECT state IN ('approved', 'denied') AS decided, state = 'approved' AS approved
) fate
ORDER BY submitted_at
"""


def make_cases(count: int, *, plan: uuid.UUID, organizations: list[uuid.UUID], reviewers: list[uuid.UUID]) -> None:
    """Add ``count`` cases of one plan, spread over two years; the same count gives the same cases."""
    policy = catalog.latest("IC-0072")
    criteria = list(policy.criteria)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION pg_temp.pick(n int, which int) RETURNS double precision LANGUAGE sql "
            "IMMUTABLE AS $$ SELECT (hashint8extended(n, which) & 1048575) / 1048576.0 $$"
        )
        cursor.execute(
            _INSERT.format(table=Case._meta.db_table).replace("pick(", "pg_temp.pick("),
            {
                "count": count,
                "days": DAYS,
                "plan": plan,
                "organizations": organizations,
                "many": len(organizations),
                "reviewers": reviewers,
                "pathways": [node.id for node in policy.pathways],
                "criteria": criteria,
                "kinds": len(criteria),
            },
        )
        cursor.execute(f"ANALYZE {Case._meta.db_table}")


# What differs from one patient to the next, so that hardly two have the same answers.
_FACTS = """
INSERT INTO {facts} (id, facts)
SELECT id, (%(sets)s::jsonb[])[1 + (pick(n, 21) * %(many)s)::int %% %(many)s] || jsonb_build_object(
  'request_date', submitted_at::date, 'date_of_birth', '1945-01-01'::date + (15000 * pick(n, 22))::int
) || CASE WHEN pick(n, 26) < 0.8 THEN jsonb_build_object(
  'er_percent', (100 * pick(n, 23))::int, 'ast_x_uln', round((4 * pick(n, 24))::numeric, 2),
  'alt_x_uln', round((4 * pick(n, 25))::numeric, 2)
) ELSE '{{}}' END
FROM (SELECT id, submitted_at, substr(reference, 4)::int AS n FROM {case}) c
"""
_SETS = 5_000


def make_facts() -> None:
    """Add the answers of every case that ``make_cases`` made."""
    dice = random.Random(72)
    given = {"sets": [json.dumps(near_a_pathway(dice)) for _ in range(_SETS)], "many": _SETS}
    text = _FACTS.format(facts=CaseFacts._meta.db_table, case=Case._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(text.replace("pick(", "pg_temp.pick("), given)
        cursor.execute(f"ANALYZE {CaseFacts._meta.db_table}")


_TASKS = """
INSERT INTO {tasks} (
  id, request_id, plan_id, stage, line_of_business, urgency, hours, fixed, extended_hours, awaiting_director,
  started_at, due_at, stopped_at, assignee_id
)
SELECT gen_random_uuid(), id, plan_id, 'request', line_of_business, urgency, time_limit_hours, false, 0, false,
  submitted_at, due_at, CASE WHEN state <> 'submitted' THEN coalesce(decided_at, submitted_at) END,
  CASE WHEN state <> 'submitted' OR hashint8extended(extract(epoch FROM due_at)::int, 1) %% 3 <> 0
    THEN (%(people)s::uuid[])[1 + abs(hashint8extended(extract(epoch FROM due_at)::int, 2) %% %(many)s)] END
FROM {case}
"""


def make_tasks(people: list[uuid.UUID]) -> None:
    """Add the task of every case that ``make_cases`` made, though their requests are not there: for a database to throw
    away.
    """
    tasks = Task._meta.db_table
    text = _TASKS.format(tasks=tasks, case=Case._meta.db_table)
    with transaction.atomic(), connection.cursor() as cursor:
        # As whoever signed in, who owns the tables.
        cursor.execute("SET LOCAL ROLE NONE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass "
            "AND confrelid = %s::regclass",
            [tasks, Request._meta.db_table],
        )
        [(reference,)] = cursor.fetchall()
        cursor.execute(f"ALTER TABLE {tasks} DROP CONSTRAINT {reference}")
        cursor.execute(f"ALTER TABLE {tasks} DISABLE TRIGGER USER")
        cursor.execute(text, {"people": people, "many": len(people)})
