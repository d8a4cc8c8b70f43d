from django.db import migrations, models

from pa_portal.audit.append_only import append_only

APPEND_ONLY = (
    "clockevent",
    "recommendation",
    "recommendationanswer",
    "peertopeer",
    "peertopeerevent",
    "appeal",
    "appealoutcome",
    "authorizationvoid",
)

# A task changes while it is done, and stays for ever.
TASKS_STAY = migrations.RunSQL(
    """
    CREATE TRIGGER determinations_task_stays BEFORE DELETE OR TRUNCATE ON determinations_task
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    """,
    "DROP TRIGGER determinations_task_stays ON determinations_task;",
)

# An authorization leaves "active" once, and does not come back.
STATUS_ONE_WAY = migrations.RunSQL(
    """
    CREATE OR REPLACE FUNCTION refuse_authorization_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status'
                AND (NEW.status = OLD.status OR OLD.status = 'active') THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'only the status of an authorization may change, and from active alone: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END
    $$;
    """,
    """
    CREATE OR REPLACE FUNCTION refuse_authorization_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'only the status of an authorization may change: % refused', TG_OP
            USING ERRCODE = 'restrict_violation';
    END
    $$;
    """,
)

# With one first decision a request, and one successor a decision, this leaves one decision in force.
SUPERSEDES_ITS_OWN = migrations.RunSQL(
    """
    CREATE FUNCTION refuse_foreign_successor() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (
            SELECT FROM determinations_determination d
            WHERE d.id = NEW.supersedes_id AND d.request_id = NEW.request_id AND d.decision IN ('approved', 'denied')
        ) THEN
            RAISE EXCEPTION 'a decision supersedes one on the same request' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END
    $$;
    CREATE TRIGGER determinations_determination_supersedes_its_own BEFORE INSERT ON determinations_determination
    FOR EACH ROW WHEN (NEW.supersedes_id IS NOT NULL) EXECUTE FUNCTION refuse_foreign_successor();
    """,
    """
    DROP TRIGGER determinations_determination_supersedes_its_own ON determinations_determination;
    DROP FUNCTION refuse_foreign_successor();
    """,
)


class Migration(migrations.Migration):
    dependencies = [("determinations", "0004_existing_rows")]

    operations = [
        migrations.AlterField(
            model_name="letter",
            name="request",
            field=models.ForeignKey(
                on_delete=models.deletion.PROTECT, related_name="letters", to="submissions.request"
            ),
        ),
        *(append_only(f"determinations_{name}") for name in APPEND_ONLY),
        TASKS_STAY,
        STATUS_ONE_WAY,
        SUPERSEDES_ITS_OWN,
    ]
