import django.contrib.postgres.fields
from django.db import migrations, models

from pa_portal.reports.undoing import DROP_PROJECTION


class Migration(migrations.Migration):
    initial = True

    dependencies = [("determinations", "0005_guards")]

    operations = [
        migrations.CreateModel(
            name="Case",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("organization_id", models.UUIDField()),
                ("plan_id", models.UUIDField()),
                ("decided_by_id", models.UUIDField(null=True)),
                ("authorization_id", models.UUIDField(null=True)),
                ("renews", models.UUIDField(null=True)),
                ("submitted_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("turnaround_hours", models.FloatField(null=True)),
                ("start", models.DateField(null=True)),
                ("valid_through", models.DateField(null=True)),
                ("renewal_date", models.DateField(null=True)),
                ("total_units", models.IntegerField(null=True)),
                ("time_limit_hours", models.IntegerField(null=True)),
                ("extended_hours", models.IntegerField(null=True)),
                ("submissions", models.SmallIntegerField(null=True)),
                ("information_requests", models.SmallIntegerField(null=True)),
                ("appeals", models.SmallIntegerField(null=True)),
                ("units_per_dose", models.SmallIntegerField(null=True)),
                ("interval_days", models.SmallIntegerField(null=True)),
                ("doses", models.SmallIntegerField(null=True)),
                ("diagnosis_covered", models.BooleanField(null=True)),
                ("automatic", models.BooleanField(null=True)),
                ("modified", models.BooleanField(null=True)),
                ("on_time", models.BooleanField(null=True)),
                ("against_recommendation", models.BooleanField(null=True)),
                ("state", models.TextField()),
                ("request_type", models.TextField()),
                ("urgency", models.TextField(null=True)),
                ("line_of_business", models.TextField(null=True)),
                ("outcome", models.TextField(null=True)),
                (
                    "pathways",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None),
                ),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None),
                ),
                ("first_decision", models.TextField(null=True)),
                ("decision", models.TextField(null=True)),
                ("appeal_outcome", models.TextField(null=True)),
                ("authorization_status", models.TextField(null=True)),
                ("policy_id", models.TextField()),
                ("policy_version", models.TextField()),
                ("reference", models.TextField()),
                ("patient_name", models.TextField(null=True)),
                ("member_id", models.TextField(null=True)),
                ("prescriber", models.TextField(null=True)),
                ("prescriber_npi", models.TextField(null=True)),
                ("diagnosis_code", models.TextField(null=True)),
                ("authorization_number", models.TextField(null=True)),
                ("hcpcs", models.TextField(null=True)),
                ("dose_mg", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
                ("regimen", models.TextField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["plan_id", "submitted_at", "id"], name="case_of_plan"),
                    models.Index(fields=["organization_id", "submitted_at", "id"], name="case_of_organization"),
                    models.Index(fields=["plan_id", "decided_at"], name="case_decided_by_plan"),
                    models.Index(fields=["organization_id", "decided_at"], name="case_decided_for"),
                    models.Index(
                        condition=models.Q(("state__in", ("submitted", "pended"))),
                        fields=["plan_id", "submitted_at"],
                        name="case_open",
                    ),
                    models.Index(
                        condition=models.Q(("authorization_status", "active")),
                        fields=["plan_id", "valid_through"],
                        name="case_authorized",
                    ),
                    models.Index(condition=models.Q(("renews__isnull", False)), fields=["renews"], name="case_renews"),
                ],
            },
        ),
        DROP_PROJECTION,
    ]
