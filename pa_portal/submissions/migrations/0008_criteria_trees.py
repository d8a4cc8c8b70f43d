import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Func, Q, Value

from pa_portal.audit.append_only import append_only
from pa_portal.audit.set_aside import SetAside

_HASH = Func(
    Func(Func(F("content"), Value("UTF8"), function="convert_to"), function="sha256"), Value("hex"), function="encode"
)


class Migration(migrations.Migration):
    """Records from before hold their trees themselves, and go on doing so: they are frozen."""

    dependencies = [("submissions", "0007_request_renews")]

    operations = [
        migrations.CreateModel(
            name="CriteriaTree",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("content", models.TextField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=Q(sha256=_HASH), name="tree_is_what_its_hash_says")]
            },
        ),
        append_only("submissions_criteriatree"),
        # Another index begins with the same column.
        migrations.AlterField(
            model_name="answer",
            name="request",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answer_history",
                to="submissions.request",
            ),
        ),
    ]
    operations.append(SetAside(operations))
