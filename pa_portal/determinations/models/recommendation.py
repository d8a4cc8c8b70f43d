"""A reviewer's recommendation to deny, and what the medical director made of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.determinations.models.determination import Determination
from pa_portal.submissions.models import Request, Submission


class Recommendation(models.Model):
    """A denial that a reviewer proposes; append-only, and no decision. Open while it has no answer.

    ``reasons`` are as those of a determination. ``request_version`` is the version token that it used up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="recommendations")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="recommendations")
    request_version = models.PositiveIntegerField()
    reasons = models.JSONField()
    rationale = models.TextField(max_length=4000, validators=text.long_text(4000))
    recommended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recommended_at = models.DateTimeField(default=timezone.now, editable=False)
    signature = models.JSONField()

    class Meta:
        ordering = ("request", "request_version")
        constraints = (
            models.UniqueConstraint(fields=("request", "request_version"), name="recommendation_version_once"),
            models.CheckConstraint(condition=~Q(reasons=[]) & ~Q(rationale=""), name="recommendation_has_reasons"),
        )

    def __str__(self) -> str:
        return f"recommendation on {self.request_id}"


class RecommendationAnswer(models.Model):
    """What came of a recommendation; append-only, one for each.

    Overtaken: another decision was made, or the provider sent something new or withdrew. ``note`` goes back to the
    reviewer; the letter never prints it.
    """

    class Kind(models.TextChoices):
        SIGNED = "signed", "Signed"
        RETURNED = "returned", "Returned"
        OVERTAKEN = "overtaken", "Overtaken"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recommendation = models.OneToOneField(Recommendation, on_delete=models.PROTECT, related_name="answer")
    kind = models.CharField(max_length=10, choices=Kind)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(default=timezone.now, editable=False)
    note = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))
    determination = models.OneToOneField(
        Determination, on_delete=models.PROTECT, null=True, related_name="answered_recommendation"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="signed", determination__isnull=False, answered_by__isnull=False)
                | Q(kind="returned", determination__isnull=True, answered_by__isnull=False) & ~Q(note="")
                | Q(kind="overtaken"),
                name="recommendation_answer",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.recommendation_id}"
