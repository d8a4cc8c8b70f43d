"""Documents that come with a request."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.submissions.files import EXTENSIONS
from pa_portal.submissions.models.request import Request

ATTACHMENT_BYTES = 20 * 1024 * 1024


class AttachmentKind(models.TextChoices):
    PATHOLOGY = "pathology", "Pathology report"
    LABS = "labs", "Laboratory results"
    TREATMENT_HISTORY = "treatment_history", "Treatment history"
    OTHER = "other", "Other document"


class Attachment(models.Model):
    """A document that comes with a request. A trigger lets nothing change but that it was sent, or removed, once.

    ``criteria`` are the ids of the policy's criteria it supports. ``content_type``, ``size`` (bytes) and ``sha256``
    (hex) are of the content; the bytes are kept under ``stored_name``, which rows of copied requests share.
    ``sent_at`` is when a Submission first held it: from then on the plan sees it, and its bytes stay for good. One
    removed before that has lost its bytes; one removed afterwards is merely no part of later submissions.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="attachments")
    kind = models.CharField(max_length=20, choices=AttachmentKind)
    criteria = models.JSONField(default=list, blank=True)
    original_name = models.CharField("file name", max_length=150, validators=[text.one_line])
    content_type = models.CharField(max_length=20)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_name = models.CharField(max_length=40, db_index=True, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("uploaded_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("request", "sha256"), condition=Q(removed_at__isnull=True), name="attachment_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=AttachmentKind.values), name="attachment_kind"),
            models.CheckConstraint(condition=Q(content_type__in=sorted(EXTENSIONS)), name="attachment_type"),
            models.CheckConstraint(condition=Q(size__range=(1, ATTACHMENT_BYTES)), name="attachment_size"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="attachment_sha256"),
            models.CheckConstraint(
                condition=Q(stored_name__regex=r"^[0-9a-f]{2}/[0-9a-f]{32}$"), name="attachment_stored_name"
            ),
            models.CheckConstraint(
                condition=Q(removed_by__isnull=True) | Q(removed_at__isnull=False), name="attachment_removed"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.request_id}"

    @property
    def download_name(self) -> str:
        """The file's name with an ending that says what it is."""
        ending = EXTENSIONS[self.content_type]
        alike = {".jpg": (".jpg", ".jpeg")}.get(ending, (ending,))
        return self.original_name if self.original_name.lower().endswith(alike) else f"{self.original_name}{ending}"
