"""What the two sides say to each other about a request, and what the plan's people note among themselves."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.submissions.models import Request

LONGEST = 4000


class Side(models.TextChoices):
    """Who speaks: for the practice that asks, or for the plan that decides."""

    PROVIDER = "provider", "Prescriber's side"
    PLAN = "plan", "Health plan"


class Message(models.Model):
    """One message on a request, from one side to the other; append-only.

    ``id`` is made of the request, the author and what the page drew, so that a form sent twice makes one message.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="messages")
    side = models.CharField(max_length=8, choices=Side)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now, editable=False)
    body = models.TextField("message", max_length=LONGEST, validators=text.long_text(LONGEST))

    class Meta:
        ordering = ("sent_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(side__in=("provider", "plan")), name="message_side"),
            models.CheckConstraint(condition=~Q(body=""), name="message_body"),
        )

    def __str__(self) -> str:
        return f"message of {self.request_id}"


class MessageRead(models.Model):
    """That the other side has read a message, and who did first; append-only. Without a row, the message is new."""

    message = models.OneToOneField(Message, on_delete=models.PROTECT, primary_key=True, related_name="read")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"read: {self.message_id}"


class Note(models.Model):
    """A note that the plan's people leave one another on a request; append-only, and never shown to a provider.

    ``id`` as for a message.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now, editable=False)
    body = models.TextField("note", max_length=LONGEST, validators=text.long_text(LONGEST))

    class Meta:
        ordering = ("written_at", "id")
        constraints = (models.CheckConstraint(condition=~Q(body=""), name="note_body"),)

    def __str__(self) -> str:
        return f"note on {self.request_id}"
