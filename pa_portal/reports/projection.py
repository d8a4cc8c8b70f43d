"""How the records become cases: one query, a function that stores its rows, and triggers that call it.

The triggers fire within the transaction that changes a record, so that a figure is never behind. The query takes what
it finds: whatever a record lacks is left empty, and nothing in here refuses a submission or a decision. ``install``
runs after every migration, so that a record's column which is renamed or dropped without this query shows at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from pa_portal.determinations import clocks
from pa_portal.determinations.models import Appeal, AppealOutcome, Authorization, Determination, Stage, Task
from pa_portal.reports.models import Case, CaseFacts, Changed
from pa_portal.submissions.models import Request, Submission

_RECORDS = """
SELECT
  r.id, r.organization_id, r.plan_id, r.renews, r.submitted_at, r.state, r.request_type, r.policy_id,
  r.policy_version, r.reference,
  s.submissions,
  s.request ->> 'urgency' AS urgency,
  s.patient ->> 'line_of_business' AS line_of_business,
  concat_ws(' ', s.patient ->> 'first_name', s.patient ->> 'last_name') AS patient_name,
  s.patient ->> 'member_id' AS member_id,
  concat_ws(' ', s.prescriber ->> 'first_name', s.prescriber ->> 'last_name') AS prescriber,
  s.prescriber ->> 'npi' AS prescriber_npi,
  s.treatment ->> 'diagnosis_code' AS diagnosis_code,
  s.treatment -> 'diagnosis_covered' = 'true' AS diagnosis_covered,
  s.treatment -> 'dose' -> 'within_limit' = 'true' AS within_limit,
  s.decision ->> 'outcome' AS outcome,
  ARRAY(SELECT jsonb_path_query(s.decision, '$.pathways[*]') #>> '{{}}') AS pathways,
  ARRAY(SELECT jsonb_path_query(s.decision, '$.flags[*]') #>> '{{}}') AS flags,
  asked.information_requests,
  first.decision AS first_decision,
  first.decided_at,
  first.decided_by_id,
  first.id IS NOT NULL AND first.decided_by_id IS NULL AS automatic,
  ARRAY(SELECT jsonb_path_query(first.reasons, '$[*].criterion') #>> '{{}}') AS reasons,
  d.decision,
  d.modified,
  first.modified AS first_modified,
  appealed.appeals,
  appealed.appeal_outcome,
  coalesce(k.hours, {time_limit}) AS time_limit_hours,
  coalesce(k.due_at, r.submitted_at + make_interval(hours => {time_limit})) AS due_at,
  coalesce(k.extended_hours, 0) AS extended_hours,
  a.id AS authorization_id, a.number AS authorization_number, a.status AS authorization_status,
  a.start, a.valid_through, a.renewal_date, a.hcpcs, a.units_per_dose, a.interval_days, a.doses, a.total_units,
  a.dose_mg, a.regimen,
  renewal.renewal_requested, renewal.renewal_approved
FROM {request} r
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
  SELECT t.id, t.decision, t.decided_at, t.decided_by_id, t.reasons, t.modified
  FROM {determination} t
  WHERE t.request_id = r.id AND t.decision IN ('approved', 'denied') AND t.supersedes_id IS NULL
  ORDER BY t.number LIMIT 1
) first ON true
LEFT JOIN LATERAL (
  SELECT t.id, t.decision, t.modified FROM {determination} t
  WHERE t.request_id = r.id AND t.decision IN ('approved', 'denied') ORDER BY t.number DESC LIMIT 1
) d ON true
LEFT JOIN {task} k ON k.request_id = r.id AND k.stage = 'request'
LEFT JOIN {authorization} a ON a.determination_id = d.id
LEFT JOIN LATERAL (
  SELECT bool_or(t.state IN ('submitted', 'pended')) AS renewal_requested,
    bool_or(t.state = 'approved') AS renewal_approved
  FROM {request} t WHERE t.renews = a.id AND t.submitted_at IS NOT NULL
) renewal ON true
WHERE r.submitted_at IS NOT NULL
"""

# What follows from a row alone.
_CASES = """
SELECT c.*,
  extract(epoch FROM c.decided_at - c.submitted_at)::double precision / 3600 AS turnaround_hours,
  c.decided_at <= c.due_at AS on_time,
  (c.first_decision = 'approved') <> (c.outcome = 'meets' AND c.diagnosis_covered AND c.within_limit)
    AS against_recommendation
FROM ({records}) c
"""

# A session that writes many records at once says so, and stores their cases itself.
_PAUSED = "reports.paused"
_RUNNING = f"current_setting('{_PAUSED}', true) IS DISTINCT FROM 'on'"
_STORE = "INSERT INTO {case} ({columns}) SELECT {columns} FROM ({cases}) c"
_AGAIN = "ON CONFLICT (id) DO UPDATE SET {updates}"
_INSTALL = """
CREATE OR REPLACE FUNCTION reports_store(changed uuid[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text := coalesce(current_setting('portal.system', true), '');
  touched uuid[];
BEGIN
  -- A case is drawn from all of its records, whoever changed one: behind the walls, as the system.
  PERFORM set_config('portal.system', 'cases', true);
  -- A renewal shows on the case of the authorization that it renews.
  touched := changed || ARRAY(
    SELECT a.request_id FROM {request} r JOIN {authorization} a ON a.id = r.renews WHERE r.id = ANY (changed)
  );
  -- One after another where two would draw the same case, so that the later one sees what the earlier one wrote.
  PERFORM FROM {case} WHERE id = ANY (touched) ORDER BY id FOR UPDATE;
  {store} WHERE c.id = ANY (touched) {again};
  PERFORM set_config('portal.system', before, true);
END $$;
CREATE OR REPLACE FUNCTION reports_store_facts(changed uuid[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before text := coalesce(current_setting('portal.system', true), '');
BEGIN
  PERFORM set_config('portal.system', 'cases', true);
  {facts} WHERE t.request_id = ANY (changed) {facts_again};
  PERFORM set_config('portal.system', before, true);
END $$;
CREATE OR REPLACE FUNCTION reports_of_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM reports_store(ARRAY[NEW.request_id]);
  PERFORM reports_store_facts(ARRAY[NEW.request_id]);
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION reports_of_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM reports_store(ARRAY[NEW.id]); RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION reports_of_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM reports_store(ARRAY[NEW.request_id]); RETURN NULL; END $$;
CREATE OR REPLACE FUNCTION reports_of_appeal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM reports_store(ARRAY(SELECT request_id FROM {appeal} WHERE id = NEW.appeal_id));
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER reports_case AFTER UPDATE OF submitted_at, state, plan_id, organization_id ON {request}
  FOR EACH ROW WHEN ({running} AND NEW.submitted_at IS NOT NULL) EXECUTE FUNCTION reports_of_id();
CREATE OR REPLACE TRIGGER reports_case AFTER INSERT ON {submission}
  FOR EACH ROW WHEN ({running}) EXECUTE FUNCTION reports_of_submission();
CREATE OR REPLACE TRIGGER reports_case AFTER INSERT ON {determination}
  FOR EACH ROW WHEN ({running}) EXECUTE FUNCTION reports_of_request();
CREATE OR REPLACE TRIGGER reports_case AFTER INSERT OR UPDATE ON {authorization}
  FOR EACH ROW WHEN ({running}) EXECUTE FUNCTION reports_of_request();
CREATE OR REPLACE TRIGGER reports_case AFTER INSERT OR UPDATE ON {task}
  FOR EACH ROW WHEN ({running}) EXECUTE FUNCTION reports_of_request();
CREATE OR REPLACE TRIGGER reports_case AFTER INSERT ON {appeal}
  FOR EACH ROW WHEN ({running}) EXECUTE FUNCTION reports_of_request();
CREATE OR REPLACE TRIGGER reports_case AFTER INSERT ON {appeal_outcome}
  FOR EACH ROW WHEN ({running}) EXECUTE FUNCTION reports_of_appeal();
"""
# Of the latest submission of each request.
_LATEST_FACTS = "SELECT DISTINCT ON (t.request_id) t.request_id, t.content -> 'facts' FROM {submission} t"
_STORE_FACTS = f"INSERT INTO {{case_facts}} (id, facts) {_LATEST_FACTS}"
_FACTS_AGAIN = "ORDER BY t.request_id, t.number DESC ON CONFLICT (id) DO UPDATE SET facts = EXCLUDED.facts"

# Whoever changes a case marks its days, before and after; see ``daily``.
_MARKS = """
CREATE OR REPLACE FUNCTION reports_changed_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO {changed} (plan_id, basis, day)
  SELECT plan_id, 'submitted', (submitted_at AT TIME ZONE '{zone}')::date FROM ({rows}) c
  UNION
  SELECT plan_id, 'decided', (decided_at AT TIME ZONE '{zone}')::date FROM ({rows}) c WHERE decided_at IS NOT NULL;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER reports_changed_{name} AFTER {name} ON {case} REFERENCING {tables}
  FOR EACH STATEMENT EXECUTE FUNCTION reports_changed_{name}();
"""
_NEW, _OLD = "SELECT plan_id, submitted_at, decided_at FROM now", "SELECT plan_id, submitted_at, decided_at FROM before"
_ACTS = {
    "insert": (_NEW, "NEW TABLE AS now"),
    "update": (f"{_NEW} UNION {_OLD}", "NEW TABLE AS now OLD TABLE AS before"),
    "delete": (_OLD, "OLD TABLE AS before"),
}
TABLES: Final = {
    "request": Request,
    "submission": Submission,
    "determination": Determination,
    "authorization": Authorization,
    "task": Task,
    "appeal": Appeal,
    "appeal_outcome": AppealOutcome,
    "case": Case,
    "case_facts": CaseFacts,
    "changed": Changed,
}


def _names() -> dict[str, str]:
    return {name: model._meta.db_table for name, model in TABLES.items()}


def _columns() -> list[str]:
    return [str(field.column) for field in Case._meta.concrete_fields]


def _time_limit() -> str:
    """Return the SQL of the hours that hold where a request has no clock of its own: one from before there were any."""
    hours = {
        f"{business} {urgency}": rule.hours
        for (stage, business, urgency), rule in clocks.DEFAULTS.items()
        if stage == Stage.REQUEST
    }
    found = " ".join(f"WHEN '{name}' THEN {count}" for name, count in hours.items())
    return f"CASE concat_ws(' ', s.patient ->> 'line_of_business', s.request ->> 'urgency') {found} END"


def cases_sql() -> str:
    """Return the query that draws every case from the records. It has no parameters."""
    return _CASES.format(records=_RECORDS.format(time_limit=_time_limit(), **_names()))


def _store() -> tuple[str, str]:
    """Return the statement that stores every case, without its end, and the end: what to do with one that is there."""
    columns = _columns()
    updates = ", ".join(f"{name} = EXCLUDED.{name}" for name in columns if name != "id")
    return (
        _STORE.format(case=Case._meta.db_table, columns=", ".join(columns), cases=cases_sql()),
        _AGAIN.format(updates=updates),
    )


def install(**_: Any) -> None:
    """Put the function and the triggers in place, and draw every case again if the query is not what it was."""
    if not {case._meta.db_table for case in (Case, CaseFacts, Changed)} <= set(connection.introspection.table_names()):
        return  # migrations have gone back before there were all of these
    store, again = _store()
    names = _names()
    facts = _STORE_FACTS.format(**names)
    text = _INSTALL.format(store=store, again=again, running=_RUNNING, facts=facts, facts_again=_FACTS_AGAIN, **names)
    text += "".join(
        _MARKS.format(name=name, rows=rows, tables=tables, zone=settings.TIME_ZONE, **names)
        for name, (rows, tables) in _ACTS.items()
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regprocedure('reports_store(uuid[])'), 'pg_proc')")
        known = cursor.fetchone()[0]
        cursor.execute(text)
        cursor.execute(f"COMMENT ON FUNCTION reports_store(uuid[]) IS '{digest}'")
        if known != digest:
            cursor.execute("SELECT set_config('portal.system', 'cases', true)")
            store_all()


def store_all() -> None:
    """Draw every case again from the records."""
    with connection.cursor() as cursor:
        cursor.execute(" ".join(_store()))
        cursor.execute(f"{_STORE_FACTS.format(**_names())} {_FACTS_AGAIN}")


@contextmanager
def paused() -> Iterator[None]:
    """Leave cases alone while many records are written in this transaction; ``store_missing`` must follow."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [_PAUSED])
        yield
        cursor.execute("SELECT set_config(%s, 'off', true)", [_PAUSED])


def store_missing() -> None:
    """Draw the cases that are not there from the records: after ``paused``, by whoever owns the tables."""
    store, facts, names = _store()[0], _STORE_FACTS.format(**_names()), _names()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('portal.system', true)")
        [(before,)] = cursor.fetchall()
        cursor.execute("SELECT set_config('portal.system', 'cases', true), set_config('jit', 'off', true)")
        cursor.execute("SELECT set_config('work_mem', '64MB', true)")
        cursor.execute(f"{store} WHERE NOT EXISTS (SELECT FROM {names['case']} t WHERE t.id = c.id)")
        cursor.execute(
            f"{facts} WHERE NOT EXISTS (SELECT FROM {names['case_facts']} e WHERE e.id = t.request_id) "
            "ORDER BY t.request_id, t.number DESC"
        )
        cursor.execute("SELECT set_config('portal.system', %s, true)", [before or ""])


def differences() -> int:
    """Return how many cases are not as the records say, missing and left-over ones included. Zero is right."""
    columns, names = ", ".join(_columns()), _names()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT {columns} FROM ({cases_sql()}) c) fresh "  # noqa: S608 (no values)
            f"FULL JOIN {names['case']} stored ON stored.id = fresh.id "
            f"WHERE row({_prefixed('fresh')}) IS DISTINCT FROM row({_prefixed('stored')})"
        )
        found = int(cursor.fetchone()[0])
        latest = _LATEST_FACTS.format(**names)
        cursor.execute(
            f"SELECT count(*) FROM ({latest} ORDER BY t.request_id, t.number DESC) AS fresh (id, facts) "  # noqa: S608
            f"FULL JOIN {names['case_facts']} stored ON stored.id = fresh.id "
            "WHERE row(fresh.id, fresh.facts) IS DISTINCT FROM row(stored.id, stored.facts)"
        )
        return found + int(cursor.fetchone()[0])


def _prefixed(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in _columns())
