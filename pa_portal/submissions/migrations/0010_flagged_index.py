"""The few submissions that a reviewer looks at twice, from an index: lists look for them among all."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("submissions", "0009_what_lists_read")]

    operations = [
        migrations.AddIndex(
            "submission",
            models.Index(
                fields=["request", "number"],
                name="submission_flagged",
                condition=~Q(flags=[]) | Q(covered=False) | Q(within_limit=False),
            ),
        )
    ]
