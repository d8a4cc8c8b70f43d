"""What a plan's managers set: automatic approval by policy, what letters say of rights, and every change of these."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.accounts.models import Organization


class PolicySetting(models.Model):
    """How one plan applies one policy. Without a row, nothing is approved automatically."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="policy_settings")
    policy_id = models.CharField(max_length=20)
    automatic_approval = models.BooleanField(default=False)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("plan", "policy_id")
        constraints = (models.UniqueConstraint(fields=("plan", "policy_id"), name="policy_setting_once"),)

    def __str__(self) -> str:
        return f"{self.policy_id}: automatic approval {'on' if self.automatic_approval else 'off'}"


class PlanLetterSettings(models.Model):
    """What a plan's letters say beside what its Organization holds. Days are calendar days from the decision.

    A new row holds the defaults. ``external_review_text`` is the plan's own text on review outside the plan.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.OneToOneField(Organization, on_delete=models.PROTECT, related_name="letter_settings")
    appeal_days = models.PositiveSmallIntegerField(
        "days to appeal", default=180, validators=[MinValueValidator(1), MaxValueValidator(730)]
    )
    peer_to_peer_days = models.PositiveSmallIntegerField(
        "days to ask for a peer-to-peer call", default=14, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    external_review_text = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(appeal_days__range=(1, 730), peer_to_peer_days__range=(1, 365)), name="letter_settings_days"
            ),
        )

    def __str__(self) -> str:
        return f"letter settings of {self.plan_id}"


class SettingChange(models.Model):
    """One change of what a plan's managers set; append-only. ``subject`` names the rule or policy within ``kind``.

    ``before`` and ``after`` hold the fields that changed, as they stood.
    """

    class Kind(models.TextChoices):
        CLOCK = "clock", "Time to decide"
        AUTOMATIC = "automatic", "Automatic approval"
        LETTERS = "letters", "Letters"

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="setting_changes")
    kind = models.CharField(max_length=10, choices=Kind)
    subject = models.CharField(max_length=60, blank=True)
    before = models.JSONField()
    after = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("plan", "kind", "-id"), name="setting_change_latest"),)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=("clock", "automatic", "letters")), name="setting_change_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()
