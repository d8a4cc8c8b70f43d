from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("reports", "0006_packed_by_organization")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["organization_id", "plan_id", "submitted_at"], name="case_from_to"),
        )
    ]
