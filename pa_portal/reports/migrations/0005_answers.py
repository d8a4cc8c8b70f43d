from django.db import migrations, models

# Bytes that are read whole: to be compressed would only take time.
AS_IT_IS = migrations.RunSQL(
    "ALTER TABLE reports_answers ALTER COLUMN cases SET STORAGE EXTERNAL;", migrations.RunSQL.noop
)


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_packed")]

    operations = [
        migrations.CreateModel(
            name="Answers",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("plan_id", models.UUIDField()),
                ("policy_id", models.TextField()),
                ("day", models.DateField()),
                ("part", models.IntegerField()),
                ("heads", models.TextField()),
                ("cases", models.BinaryField()),
            ],
            options={
                "verbose_name_plural": "answers",
                "constraints": [
                    models.UniqueConstraint(fields=("plan_id", "policy_id", "day", "part"), name="answers_of_day")
                ],
            },
        ),
        AS_IT_IS,
    ]
