"""That the patient's copy of a letter was mailed, and an index for the list of those that wait."""

from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from pa_portal.audit.append_only import append_only
from pa_portal.audit.set_aside import SetAside


class Migration(migrations.Migration):
    dependencies = [
        ("determinations", "0008_authorizations_of_plan"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mailing",
            fields=[
                (
                    "letter",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="mailing",
                        serialize=False,
                        to="determinations.letter",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddIndex("letter", models.Index(fields=["created_at", "id"], name="letter_by_age")),
        append_only("determinations_mailing"),
    ]
    operations.append(SetAside(operations))
