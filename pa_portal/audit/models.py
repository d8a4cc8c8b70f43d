"""What was done, by whom and when: rows that are written once and never changed."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class Event(models.Model):
    """One recorded act.

    No foreign keys: a row outlives what it names. The actor's label is kept as it was at the time.
    ``detail`` holds ids, numbers and names of fields, never what a patient's record says.
    A database trigger refuses UPDATE, DELETE and TRUNCATE. ``id`` follows the order of writing.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    action = models.CharField(max_length=64)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=250)
    organization_id = models.UUIDField(null=True)
    object_type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("object_type", "object_id", "id"), name="audit_event_object"),
            models.Index(fields=("actor_id", "id"), name="audit_event_actor"),
            models.Index(fields=("organization_id", "id"), name="audit_event_organization"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"
