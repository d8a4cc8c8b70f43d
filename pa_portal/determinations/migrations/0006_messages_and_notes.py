import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import pa_portal.accounts.text
from pa_portal.audit.append_only import append_only
from pa_portal.audit.set_aside import SetAside


class Migration(migrations.Migration):
    dependencies = [
        ("determinations", "0005_guards"),
        ("submissions", "0006_corrections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "side",
                    models.CharField(
                        choices=[("provider", "Prescriber's side"), ("plan", "Health plan")], max_length=8
                    ),
                ),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "body",
                    models.TextField(
                        max_length=4000,
                        validators=[
                            pa_portal.accounts.text.several_lines,
                            django.core.validators.MaxLengthValidator(4000),
                        ],
                        verbose_name="message",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="messages", to="submissions.request"
                    ),
                ),
            ],
            options={
                "ordering": ("sent_at", "id"),
            },
        ),
        migrations.AlterField(
            model_name="notice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("submitted", "Request received"),
                    ("pended", "Information requested"),
                    ("decided", "Decision made"),
                    ("extended", "Time for a decision extended"),
                    ("appeal_filed", "Appeal received"),
                    ("appeal_decided", "Appeal decided"),
                    ("voided", "Authorization void"),
                    ("call_scheduled", "Peer-to-peer call scheduled"),
                    ("message", "New message"),
                    ("expires_in_45_days", "Authorization ends within 45 days"),
                    ("expires_in_14_days", "Authorization ends within 14 days"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("written_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "body",
                    models.TextField(
                        max_length=4000,
                        validators=[
                            pa_portal.accounts.text.several_lines,
                            django.core.validators.MaxLengthValidator(4000),
                        ],
                        verbose_name="note",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="submissions.request"
                    ),
                ),
            ],
            options={
                "ordering": ("written_at", "id"),
            },
        ),
        migrations.CreateModel(
            name="MessageRead",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="read",
                        serialize=False,
                        to="determinations.message",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("side__in", ("provider", "plan"))), name="message_side"
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(condition=models.Q(("body", ""), _negated=True), name="message_body"),
        ),
        migrations.AddConstraint(
            model_name="note",
            constraint=models.CheckConstraint(condition=models.Q(("body", ""), _negated=True), name="note_body"),
        ),
        *(append_only(f"determinations_{name}") for name in ("message", "messageread", "note")),
    ]
    operations.append(SetAside(operations))
