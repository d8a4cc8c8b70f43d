from django.db import migrations, models
from django.db.models.functions import MD5

# Bytes without a pattern, read whole: to be compressed would only take time.
AS_IT_IS = migrations.RunSQL(
    "ALTER TABLE reports_packed ALTER COLUMN cases SET STORAGE EXTERNAL;", migrations.RunSQL.noop
)


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_case_facts")]

    operations = [
        migrations.CreateModel(
            name="Code",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("text", models.TextField()),
            ],
            options={"constraints": [models.UniqueConstraint(MD5("text"), name="code_once")]},
        ),
        migrations.CreateModel(
            name="Packed",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("plan_id", models.UUIDField()),
                ("basis", models.TextField()),
                ("day", models.DateField()),
                ("cases", models.BinaryField()),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("plan_id", "basis", "day"), name="packed_day")]},
        ),
        AS_IT_IS,
    ]
