from django.db import migrations

from pa_portal.audit.append_only import CREATE_REFUSAL, append_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [CREATE_REFUSAL, append_only("audit_event")]
