"""An appeal against a decision, and what came of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.accounts.models import Role
from pa_portal.determinations.models.determination import Determination
from pa_portal.submissions.models import Request, Urgency


class Appeal(models.Model):
    """What the provider asks to be decided again, and why; append-only. Open while it has no outcome.

    ``determination`` is the decision appealed: a denial, an approval of less than was asked, or one whose
    authorization was made void.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="appeals")
    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="appeals")
    number = models.PositiveSmallIntegerField()
    urgency = models.CharField(max_length=10, choices=Urgency)
    urgency_reason = models.TextField(max_length=2000, blank=True, validators=text.long_text(2000))
    grounds = models.TextField(max_length=4000, validators=text.long_text(4000))
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("request", "number")
        constraints = (
            models.UniqueConstraint(fields=("request", "number"), name="appeal_number_once"),
            models.CheckConstraint(condition=~Q(grounds=""), name="appeal_says_why"),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="appeal_urgency"),
            models.CheckConstraint(
                condition=Q(urgency="standard") | ~Q(urgency_reason=""), name="appeal_expedited_has_reason"
            ),
        )

    def __str__(self) -> str:
        return f"appeal {self.number} of {self.request_id}"


class AppealOutcome(models.Model):
    """What came of an appeal; append-only, one for each.

    ``explanation`` is told in the letter, ``rationale`` stays in the record. ``determination`` is the approval that an
    overturned decision is replaced by. Keeping a decision against the patient takes a medical director.
    """

    class Kind(models.TextChoices):
        UPHELD = "upheld", "Decision kept"
        OVERTURNED = "overturned", "Decision changed"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, related_name="outcome")
    kind = models.CharField(max_length=10, choices=Kind)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_role = models.CharField(max_length=20, choices=Role)
    decided_at = models.DateTimeField(default=timezone.now, editable=False)
    explanation = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))
    rationale = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))
    determination = models.OneToOneField(
        Determination, on_delete=models.PROTECT, null=True, related_name="overturned_appeal"
    )
    signature = models.JSONField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(kind="upheld", decided_role=Role.DIRECTOR, determination__isnull=True)
                & ~Q(explanation="")
                & ~Q(rationale="")
                | Q(kind="overturned", determination__isnull=False)
                | Q(kind="withdrawn", determination__isnull=True),
                name="appeal_outcome",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.appeal_id}"
