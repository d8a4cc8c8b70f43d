"""Files that were asked for, once or again and again: whose, of what, and where each stands. ``reports`` makes them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Form(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "Excel"


class Frequency(models.TextChoices):
    DAILY = "daily", "Every day"
    WEEKLY = "weekly", "Every week"
    MONTHLY = "monthly", "Every month"


class Delivery(models.TextChoices):
    EMAIL = "email", "An e-mail with a link"
    FOLDER = "folder", "The export folder"


class Wanted(models.Model):
    """What a file is to hold. ``query`` says it as an address does: filters, days and columns, no word about a patient.

    ``patients``: whether a column names them. ``organization_id`` is the owner's when they asked: whoever has moved
    since gets nothing of the former one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organization_id = models.UUIDField()
    data_set = models.CharField(max_length=20)
    form = models.CharField(max_length=4, choices=Form)
    query = models.TextField()
    patients = models.BooleanField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class Schedule(Wanted):
    """A file that is made anew when a day, a week or a month is over, with what that period brought.

    ``covered_to`` is the last day that a file holds, or need not hold: the next one begins on the day after.
    """

    frequency = models.CharField(max_length=7, choices=Frequency)
    delivery = models.CharField(max_length=6, choices=Delivery)
    covered_to = models.DateField()
    paused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        indexes = (models.Index(fields=("covered_to",), name="schedule_due", condition=Q(paused_at__isnull=True)),)

    def __str__(self) -> str:
        return f"{self.data_set} {self.frequency}"


class Export(Wanted):
    """One file: asked for, being written, there to be taken away by its owner, and gone after a while.

    ``seen_at`` is when somebody last worked on it; ``rows`` of about ``expected`` are written. ``stored_name`` is a
    random name in the export store, empty unless the file is there. ``start`` and ``end`` are the days that a scheduled
    one covers. ``problem`` tells the owner why there is no file. ``told_at``: the e-mail with the link went out.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being made"
        READY = "ready", "Ready"
        FAILED = "failed", "Not made"
        CANCELLED = "cancelled", "Cancelled"
        EXPIRED = "expired", "Expired"

    schedule = models.ForeignKey(Schedule, on_delete=models.SET_NULL, null=True, related_name="exports")
    delivery = models.CharField(max_length=6, choices=Delivery, blank=True)
    start = models.DateField(null=True)
    end = models.DateField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    rows = models.BigIntegerField(default=0)
    expected = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    stored_name = models.CharField(max_length=40, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    seen_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "id")
        indexes = (
            models.Index(fields=("owner", "-created_at"), name="export_of_owner"),
            models.Index(fields=("expires_at",), name="export_ready", condition=Q(state="ready")),
            models.Index(fields=("seen_at",), name="export_open", condition=Q(state__in=("queued", "running"))),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(state="ready") ^ Q(stored_name=""),
                name="export_has_its_file",
            ),
            models.UniqueConstraint(
                fields=("schedule", "end"), condition=Q(schedule__isnull=False), name="export_of_period_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.data_set}.{self.form}"

    @property
    def file_name(self) -> str:
        """The name it is saved under: plain ASCII, with days in it and nothing that anybody typed."""
        days = f"{self.start}-to-{self.end}" if self.start else f"{timezone.localdate(self.created_at)}"
        return f"{self.data_set}-{days}.{self.form}"

    @property
    def under_way(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)

    @property
    def percent(self) -> int:
        """How much is written, from 0 to 99: the last bit is putting it away."""
        return min(99, 100 * self.rows // self.expected) if self.expected else 0
