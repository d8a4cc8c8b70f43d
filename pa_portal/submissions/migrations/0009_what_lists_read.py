"""What lists read of a submission: columns that Postgres keeps, so that no list unpacks whole submissions."""

from __future__ import annotations

from django.db import migrations, models
from django.db.models.fields.json import KT, KeyTransform

# All at once, so that the table is written anew once and not five times.
ADD = """
    ALTER TABLE submissions_submission
        ADD COLUMN outcome varchar(30) GENERATED ALWAYS AS (content #>> '{decision,outcome}') STORED,
        ADD COLUMN flags jsonb GENERATED ALWAYS AS (content #> '{decision,flags}') STORED,
        ADD COLUMN pathways jsonb GENERATED ALWAYS AS (content #> '{decision,pathways}') STORED,
        ADD COLUMN covered boolean
            GENERATED ALWAYS AS (content #> '{treatment,diagnosis_covered}' = 'true'::jsonb) STORED,
        ADD COLUMN within_limit boolean
            GENERATED ALWAYS AS (content #> '{treatment,dose,within_limit}' = 'true'::jsonb) STORED
"""
DROP = """
    ALTER TABLE submissions_submission
        DROP COLUMN outcome, DROP COLUMN flags, DROP COLUMN pathways, DROP COLUMN covered, DROP COLUMN within_limit
"""


def _drawn(name: str, expression: models.Expression, field: models.Field) -> migrations.AddField:
    column = models.GeneratedField(expression=expression, output_field=field, db_persist=True)
    return migrations.AddField("submission", name, column)


def _decided(name: str) -> KeyTransform:
    return KeyTransform(name, KeyTransform("decision", "content"))


def _true(path: str) -> models.ExpressionWrapper:
    # A cast would refuse a submission that holds anything else.
    return models.ExpressionWrapper(models.Q((path, True)), models.BooleanField())


class Migration(migrations.Migration):
    dependencies = [("submissions", "0008_criteria_trees")]

    operations = [
        migrations.RunSQL(
            ADD,
            DROP,
            state_operations=[
                _drawn("outcome", KT("content__decision__outcome"), models.CharField(max_length=30)),
                _drawn("flags", _decided("flags"), models.JSONField()),
                _drawn("pathways", _decided("pathways"), models.JSONField()),
                _drawn("covered", _true("content__treatment__diagnosis_covered"), models.BooleanField()),
                _drawn("within_limit", _true("content__treatment__dose__within_limit"), models.BooleanField()),
            ],
        )
    ]
