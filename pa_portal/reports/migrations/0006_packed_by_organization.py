from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0005_answers")]

    operations = [
        migrations.RemoveConstraint(model_name="packed", name="packed_day"),
        migrations.AddField(model_name="packed", name="organization_id", field=models.UUIDField(null=True)),
        migrations.AddConstraint(
            model_name="packed",
            constraint=models.UniqueConstraint(
                condition=models.Q(("organization_id", None)), fields=("plan_id", "basis", "day"), name="packed_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="packed",
            constraint=models.UniqueConstraint(
                fields=("organization_id", "basis", "day", "plan_id"), name="packed_day_of_part"
            ),
        ),
    ]
