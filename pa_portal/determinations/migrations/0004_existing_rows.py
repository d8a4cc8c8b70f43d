from django.db import migrations

# The letters' table takes no UPDATE; this is the one that gives each of its rows the request it is about.
LETTERS = migrations.RunSQL(
    """
    ALTER TABLE determinations_letter DISABLE TRIGGER determinations_letter_append_only;
    UPDATE determinations_letter l SET request_id = d.request_id
    FROM determinations_determination d WHERE d.id = l.determination_id;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    ALTER TABLE determinations_letter ENABLE TRIGGER determinations_letter_append_only;
    """,
    migrations.RunSQL.noop,
)

# What was submitted before there were clocks gets one now, by the defaults of this day, stopped where it is decided.
# Going back leaves them, and coming forward again makes none twice.
TASKS = migrations.RunSQL(
    """
    CREATE TEMPORARY TABLE clocked ON COMMIT DROP AS SELECT id FROM determinations_task;
    INSERT INTO determinations_task (
        id, stage, request_id, plan_id, line_of_business, urgency, hours, fixed, started_at, due_at, stopped_at,
        extended_hours, awaiting_director
    )
    SELECT gen_random_uuid(), 'request', r.id, r.plan_id, p.line_of_business, r.urgency, h.hours,
        p.line_of_business = 'medicare', r.submitted_at, r.submitted_at + make_interval(hours => h.hours),
        CASE WHEN r.state = 'withdrawn' THEN r.updated_at ELSE (
            SELECT max(d.decided_at) FROM determinations_determination d
            WHERE d.request_id = r.id AND d.decision IN ('approved', 'denied')
        ) END, 0, false
    FROM submissions_request r
    JOIN submissions_patient p ON p.id = r.patient_id
    CROSS JOIN LATERAL (SELECT CASE
        WHEN p.line_of_business = 'medicare' THEN CASE r.urgency WHEN 'expedited' THEN 24 ELSE 72 END
        ELSE CASE r.urgency WHEN 'expedited' THEN 72 ELSE 168 END
    END AS hours) h
    WHERE r.submitted_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM determinations_task t WHERE t.request_id = r.id AND t.stage = 'request');
    INSERT INTO determinations_clockevent (task_id, kind, at, reason, due_at)
    SELECT id, 'started', started_at, 'Request submitted', due_at FROM determinations_task
    WHERE id NOT IN (SELECT id FROM clocked) ORDER BY started_at;
    INSERT INTO determinations_clockevent (task_id, kind, at, reason, due_at)
    SELECT id, 'stopped', stopped_at, 'Decided or withdrawn', due_at FROM determinations_task
    WHERE stopped_at IS NOT NULL AND id NOT IN (SELECT id FROM clocked) ORDER BY stopped_at;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    """,
    migrations.RunSQL.noop,
)


class Migration(migrations.Migration):
    dependencies = [("determinations", "0003_tasks_appeals_and_notices")]

    operations = [LETTERS, TASKS]
