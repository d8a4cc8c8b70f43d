"""A call between the prescriber and one of the plan's clinicians about a case."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.determinations.models.determination import Determination
from pa_portal.submissions.models import Request


class PeerToPeer(models.Model):
    """A call that one side asked for; append-only. Open until an event says that it was held, missed or cancelled.

    ``determination`` is the denial it follows, if one was made. ``availability`` is when the prescriber can be reached.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="peer_to_peers")
    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, null=True, related_name="peer_to_peers")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    phone = models.CharField(max_length=25, validators=[text.phone])
    availability = models.TextField(max_length=1000, blank=True, validators=text.long_text(1000))

    class Meta:
        ordering = ("requested_at", "id")

    def __str__(self) -> str:
        return f"peer-to-peer of {self.request_id}"


class PeerToPeerEvent(models.Model):
    """One thing that happened to a call; append-only. ``call_at`` and ``clinician`` belong to a scheduling."""

    class Kind(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        HELD = "held", "Held"
        MISSED = "missed", "Missed"
        CANCELLED = "cancelled", "Cancelled"

    id = models.BigAutoField(primary_key=True)
    peer_to_peer = models.ForeignKey(PeerToPeer, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    call_at = models.DateTimeField(null=True)
    clinician = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    notes = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))

    class Meta:
        ordering = ("id",)
        constraints = (
            # A call is closed once.
            models.UniqueConstraint(
                fields=("peer_to_peer",),
                condition=Q(kind__in=("held", "missed", "cancelled")),
                name="peer_to_peer_closed_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="scheduled", call_at__isnull=False, clinician__isnull=False)
                | Q(kind="held") & ~Q(notes="")
                | Q(kind__in=("missed", "cancelled")),
                name="peer_to_peer_event",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.peer_to_peer_id}"
