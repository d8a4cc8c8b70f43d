import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from pa_portal.audit.append_only import append_only
from pa_portal.audit.set_aside import SetAside


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_sessions"),
        ("determinations", "0006_messages_and_notes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SettingChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("clock", "Time to decide"),
                            ("automatic", "Automatic approval"),
                            ("letters", "Letters"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=60)),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="setting_changes",
                        to="accounts.organization",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
                "indexes": [models.Index(fields=["plan", "kind", "-id"], name="setting_change_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("clock", "automatic", "letters"))), name="setting_change_kind"
                    )
                ],
            },
        ),
        append_only("determinations_settingchange"),
    ]
    operations.append(SetAside(operations))
