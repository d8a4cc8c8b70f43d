"""The outbox of e-mail notices: filled with what they tell of, sent later, once."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.submissions.models import Request


class Notice(models.Model):
    """One e-mail to one person: that something happened, and where to read what. It names no patient.

    ``key`` names kind, occasion and recipient, so that the same notice is never queued again. A row is claimed before
    it is sent: one that was claimed and never marked as sent may have gone out, and is not sent again by itself.
    ``error`` is the kind of the last failure, without its message.
    """

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", "Request received"
        PENDED = "pended", "Information requested"
        DECIDED = "decided", "Decision made"
        EXTENDED = "extended", "Time for a decision extended"
        APPEAL_FILED = "appeal_filed", "Appeal received"
        APPEAL_DECIDED = "appeal_decided", "Appeal decided"
        VOIDED = "voided", "Authorization void"
        CALL_SCHEDULED = "call_scheduled", "Peer-to-peer call scheduled"
        MESSAGE = "message", "New message"
        EXPIRES_IN_45_DAYS = "expires_in_45_days", "Authorization ends within 45 days"
        EXPIRES_IN_14_DAYS = "expires_in_14_days", "Authorization ends within 14 days"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=120, unique=True)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="notices")
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        indexes = (models.Index(fields=("created_at", "id"), name="notice_unsent", condition=Q(sent_at__isnull=True)),)

    def __str__(self) -> str:
        return self.key
