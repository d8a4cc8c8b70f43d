"""The letters that told of what was decided."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.determinations.models.determination import Determination
from pa_portal.submissions.models import Request


class Letter(models.Model):
    """A letter: its content, frozen; the table is append-only.

    ``content`` is what ``letters.content.compose`` made, and the only source of the HTML and the PDF. ``sha256`` is
    the hash, in hex, of the content as canonical JSON. ``determination`` is the decision it tells of or follows; there
    is none behind a notice of a call before any decision.
    """

    class Kind(models.TextChoices):
        APPROVAL = "approval", "Approval"
        MODIFIED_APPROVAL = "modified_approval", "Approval with changes"
        RENEWAL_APPROVAL = "renewal_approval", "Renewal approval"
        DENIAL = "denial", "Denial"
        INFORMATION_REQUEST = "information_request", "Request for information"
        APPEAL_UPHELD = "appeal_upheld", "Appeal: decision kept"
        APPEAL_OVERTURNED = "appeal_overturned", "Appeal: decision changed"
        VOID_NOTICE = "void_notice", "Authorization void"
        PEER_TO_PEER_NOTICE = "peer_to_peer_notice", "Peer-to-peer call"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="letters")
    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, null=True, related_name="letters")
    kind = models.CharField(max_length=30, choices=Kind)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at", "id")
        # What waits for the mail is listed from the oldest on.
        indexes = (models.Index(fields=("created_at", "id"), name="letter_by_age"),)
        constraints = (
            # A call may be moved, and each new time has its notice.
            models.UniqueConstraint(
                fields=("determination", "kind"), condition=~Q(kind="peer_to_peer_notice"), name="letter_once"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=(
                        "approval",
                        "modified_approval",
                        "renewal_approval",
                        "denial",
                        "information_request",
                        "appeal_upheld",
                        "appeal_overturned",
                        "void_notice",
                        "peer_to_peer_notice",
                    )
                ),
                name="letter_kind",
            ),
            models.CheckConstraint(
                condition=Q(determination__isnull=False) | Q(kind="peer_to_peer_notice"),
                name="letter_tells_of_a_determination",
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="letter_sha256"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} letter of {self.request_id}"
