from django.db import migrations

from pa_portal.audit.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("submissions", "0001_initial"), ("audit", "0002_append_only")]

    operations = [append_only("submissions_answer"), append_only("submissions_submission")]
