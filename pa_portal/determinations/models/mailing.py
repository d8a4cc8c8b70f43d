"""That the patient's copy of a letter went to the mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from pa_portal.determinations.models.letter import Letter


class Mailing(models.Model):
    """That the patient's copy of a letter was mailed, who said so, and when; append-only, so it stays.

    Without a row, the copy waits for the mail.
    """

    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, primary_key=True, related_name="mailing")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"mailed: {self.letter_id}"
