from django.db import migrations, models
from django.db.models import Q

import pa_portal.accounts.text
from pa_portal.audit.set_aside import SetAside


class Migration(migrations.Migration):
    dependencies = [("submissions", "0003_ready_to_sign")]

    operations = [
        migrations.AddField(
            model_name="patient",
            name="locality",
            field=models.CharField(
                blank=True,
                default="",
                max_length=60,
                validators=[pa_portal.accounts.text.one_line],
                verbose_name="county or city",
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=Q(("locality", ""), ("line_of_business", "medicare"), _connector="OR"),
                name="patient_locality_for_medicare",
            ),
        ),
    ]
    operations.append(SetAside(operations))
