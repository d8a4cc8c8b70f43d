import django.contrib.postgres.fields
from django.db import migrations, models

from pa_portal.audit.append_only import append_only

# What a row is about is looked up by id where there are few, and read through where a file took thousands away.
INDEXES = migrations.RunSQL(
    """
    CREATE INDEX trace_subject ON audit_trace USING gin (subjects) WHERE cardinality(subjects) <= 100;
    CREATE INDEX trace_many ON audit_trace (id) WHERE cardinality(subjects) > 100;
    """,
    "DROP INDEX trace_subject; DROP INDEX trace_many;",
)

# What was recorded before there was a trace is under its seal from now on.
EARLIER = migrations.RunSQL(
    """
    INSERT INTO audit_trace
        (what, user_id, organization_id, request_id, ip, page, object_type, subjects, digest)
    SELECT 'insert', e.actor_id, e.organization_id, e.request_id, coalesce(host(e.ip), ''), left(e.action, 100),
        'audit_event', ARRAY[lpad(to_hex(e.id), 32, '0')::uuid],
        sha256(convert_to(row(e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.action, e.actor_id, e.actor_label,
            e.organization_id, e.object_type, e.object_id, e.request_id, host(e.ip), e.detail)::text, 'UTF8'))
    FROM audit_event e ORDER BY e.id;
    """,
    migrations.RunSQL.noop,
)


# What `walls.install` puts in place is not of a migration; without the trace its triggers must go.
DROP_TRIGGERS = migrations.RunSQL(
    migrations.RunSQL.noop,
    r"""
    DO $$
    DECLARE
        made regprocedure;
    BEGIN
        FOR made IN
            SELECT oid FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND (
                proname LIKE 'audit\_of\_%'
                OR proname IN ('audit_write', 'audit_looked', 'audit_shown', 'audit_event_traced', 'audit_close')
            )
        LOOP
            EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', made);
        END LOOP;
    END
    $$;
    """,
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=models.Func(function="clock_timestamp"))),
                ("ids", models.TextField()),
                ("rows", models.IntegerField()),
                ("digests", models.BinaryField()),
                ("reach", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
            options={"ordering": ("number",)},
        ),
        migrations.CreateModel(
            name="Trace",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=models.Func(function="clock_timestamp"))),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("page", "Page"),
                            ("shown", "Shown in a list"),
                            ("file", "Taken away in a file"),
                            ("insert", "Added"),
                            ("update", "Changed"),
                            ("delete", "Deleted"),
                        ],
                        max_length=8,
                    ),
                ),
                ("user_id", models.UUIDField(null=True)),
                ("organization_id", models.UUIDField(null=True)),
                ("login", models.CharField(db_default=models.Func(template="session_user"), max_length=63)),
                ("request_id", models.CharField(max_length=64)),
                ("ip", models.CharField(max_length=45)),
                ("page", models.CharField(max_length=100)),
                ("object_type", models.CharField(max_length=63)),
                ("subjects", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=63), null=True, size=None
                    ),
                ),
                ("digest", models.BinaryField(null=True)),
            ],
            options={
                "ordering": ("id",),
                "indexes": [models.Index(fields=["user_id", "id"], name="trace_user")],
            },
        ),
        INDEXES,
        EARLIER,
        append_only("audit_trace"),
        append_only("audit_seal"),
        DROP_TRIGGERS,
    ]
