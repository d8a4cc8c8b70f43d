"""By when a decision is owed: the plan's rules, and what happened to each clock."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts.models import Organization
from pa_portal.submissions.models import LineOfBusiness, Urgency

LONGEST_HOURS = 90 * 24


class Stage(models.TextChoices):
    """What a decision is owed on."""

    REQUEST = "request", "Request"
    APPEAL = "appeal", "Appeal"


class ClockRule(models.Model):
    """A plan's own time for one kind of decision, in hours; where a plan has none, ``clocks.DEFAULTS`` holds.

    ``fixed``: neither a request for information nor an extension moves the deadline.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="clock_rules")
    stage = models.CharField(max_length=10, choices=Stage)
    line_of_business = models.CharField(max_length=12, choices=LineOfBusiness)
    urgency = models.CharField(max_length=10, choices=Urgency)
    hours = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(LONGEST_HOURS)])
    fixed = models.BooleanField(default=False)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("plan", "stage", "line_of_business", "urgency")
        constraints = (
            models.UniqueConstraint(fields=("plan", "stage", "line_of_business", "urgency"), name="clock_rule_once"),
            models.CheckConstraint(condition=Q(hours__range=(1, LONGEST_HOURS)), name="clock_rule_hours"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="clock_rule_stage"),
            models.CheckConstraint(condition=Q(line_of_business__in=LineOfBusiness.values), name="clock_rule_business"),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="clock_rule_urgency"),
        )

    def __str__(self) -> str:
        return f"{self.stage}, {self.line_of_business}, {self.urgency}: {self.hours} hours"


class ClockEvent(models.Model):
    """One thing that happened to a clock; append-only. ``due_at`` is the deadline after it.

    ``by`` is empty for what follows from the passing of time or from a rule. ``until`` belongs to a pause: the clock
    goes on then by itself, if nothing ends the pause earlier.
    """

    class Kind(models.TextChoices):
        STARTED = "started", "Started"
        PAUSED = "paused", "Paused"
        RESUMED = "resumed", "Resumed"
        EXTENDED = "extended", "Extended"
        SHORTENED = "shortened", "Shortened"
        STOPPED = "stopped", "Stopped"

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey("determinations.Task", on_delete=models.PROTECT, related_name="clock_events")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500)
    until = models.DateTimeField(null=True)
    due_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind__in=("started", "paused", "resumed", "extended", "shortened", "stopped")),
                name="clock_event_kind",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="clock_event_reason"),
            models.CheckConstraint(
                condition=Q(kind="paused", until__isnull=False) | (~Q(kind="paused") & Q(until__isnull=True)),
                name="clock_event_until",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
