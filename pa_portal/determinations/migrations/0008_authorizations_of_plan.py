"""The list of a plan's authorizations, the latest start first, from an index."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("determinations", "0007_setting_changes")]

    operations = [
        migrations.AddIndex(
            "authorization", models.Index(fields=["plan", "-start", "number"], name="authorization_of_plan")
        )
    ]
