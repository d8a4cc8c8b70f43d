from django.db import migrations

from pa_portal.audit.append_only import append_only

# What was authorized never changes; whether it stands may. The row itself stays for ever.
STATUS_ALONE = migrations.RunSQL(
    """
    CREATE FUNCTION refuse_authorization_change() RETURNS trigger LANGUAGE plpgsql AS $$
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
    CREATE TRIGGER determinations_authorization_status_alone BEFORE UPDATE OR DELETE ON determinations_authorization
    FOR EACH ROW EXECUTE FUNCTION refuse_authorization_change();
    CREATE TRIGGER determinations_authorization_no_truncate BEFORE TRUNCATE ON determinations_authorization
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    """,
    """
    DROP TRIGGER determinations_authorization_no_truncate ON determinations_authorization;
    DROP TRIGGER determinations_authorization_status_alone ON determinations_authorization;
    DROP FUNCTION refuse_authorization_change();
    """,
)


class Migration(migrations.Migration):
    dependencies = [("determinations", "0001_initial"), ("submissions", "0002_append_only")]

    operations = [append_only("determinations_determination"), append_only("determinations_letter"), STATUS_ALONE]
