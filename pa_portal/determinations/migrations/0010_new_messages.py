"""What holds a message that one side has not read, kept with the request's task and indexed where it is so."""

from __future__ import annotations

from django.db import migrations, models

from pa_portal.audit.set_aside import SetAside

EXISTING = migrations.RunSQL(
    """
    UPDATE determinations_task t SET new_to_plan = new.to_plan, new_to_provider = new.to_provider
    FROM (
        SELECT m.request_id, bool_or(m.side = 'provider') AS to_plan, bool_or(m.side = 'plan') AS to_provider
        FROM determinations_message m LEFT JOIN determinations_messageread r ON r.message_id = m.id
        WHERE r.message_id IS NULL GROUP BY m.request_id
    ) new
    WHERE new.request_id = t.request_id AND t.stage = 'request';
    """,
    migrations.RunSQL.noop,
)


class Migration(migrations.Migration):
    dependencies = [("determinations", "0009_letters_mailed")]

    operations = [
        migrations.AddField("task", "new_to_plan", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("task", "new_to_provider", models.BooleanField(db_default=False, default=False)),
        EXISTING,
        # What the rows changed is checked before their table changes again.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;", migrations.RunSQL.noop),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(("new_to_plan", True)), fields=["plan", "request"], name="task_new_to_plan"
            ),
        ),
        migrations.AddIndex(
            "task",
            models.Index(
                condition=models.Q(("new_to_provider", True)), fields=["request"], name="task_new_to_provider"
            ),
        ),
    ]
    operations.append(SetAside(operations))
