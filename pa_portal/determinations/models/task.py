"""What a plan has to decide: one row for each request and each appeal, with its clock and who does it."""

from __future__ import annotations

import datetime
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from pa_portal.accounts.models import Organization
from pa_portal.determinations.models.appeal import Appeal
from pa_portal.determinations.models.clock import Stage
from pa_portal.submissions.models import LineOfBusiness, Request, Urgency


class Task(models.Model):
    """A decision that is owed: on a request or on an appeal.

    ``hours`` and ``fixed`` are the rule as it was at the start. ``due_at`` is the deadline; while the clock is paused
    (``resumes_at``), it is the deadline there will be if the pause lasts to its end, and is put right when it ends
    earlier. So it orders the queue without a job that runs by the hour. ``stopped_at``: when the decision was made.

    ``assignee`` does it; ``awaiting_director``: a denial is recommended, and a medical director has to sign or return.

    ``new_to_plan`` and ``new_to_provider``, of a request's task: whether the request holds a message that this side has
    not read. What is new is found by these alone, however much was ever said.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    stage = models.CharField(max_length=10, choices=Stage)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="tasks")
    appeal = models.OneToOneField(Appeal, on_delete=models.PROTECT, null=True, related_name="task")
    plan = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    line_of_business = models.CharField(max_length=12, choices=LineOfBusiness)
    urgency = models.CharField(max_length=10, choices=Urgency)

    hours = models.PositiveSmallIntegerField()
    fixed = models.BooleanField()
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    resumes_at = models.DateTimeField(null=True)
    extended_hours = models.PositiveSmallIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True)

    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="tasks")
    assigned_at = models.DateTimeField(null=True)
    awaiting_director = models.BooleanField(default=False)
    new_to_plan = models.BooleanField(default=False, db_default=False)
    new_to_provider = models.BooleanField(default=False, db_default=False)

    class Meta:
        ordering = ("due_at", "id")
        indexes = (
            models.Index(fields=("plan", "due_at", "id"), name="task_due", condition=Q(stopped_at__isnull=True)),
            models.Index(fields=("assignee", "due_at"), name="task_of", condition=Q(stopped_at__isnull=True)),
            models.Index(fields=("plan", "request"), name="task_new_to_plan", condition=Q(new_to_plan=True)),
            models.Index(fields=("request",), name="task_new_to_provider", condition=Q(new_to_provider=True)),
        )
        constraints = (
            models.UniqueConstraint(fields=("request",), condition=Q(stage="request"), name="task_of_request_once"),
            models.CheckConstraint(
                condition=Q(stage="request", appeal__isnull=True) | Q(stage="appeal", appeal__isnull=False),
                name="task_stage",
            ),
            models.CheckConstraint(
                condition=Q(paused_at__isnull=True, resumes_at__isnull=True) | Q(resumes_at__gte=F("paused_at")),
                name="task_pause",
            ),
            models.CheckConstraint(condition=Q(line_of_business__in=LineOfBusiness.values), name="task_business"),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="task_urgency"),
        )

    def __str__(self) -> str:
        return f"{self.stage} task of {self.request_id}"

    def paused(self, now: datetime.datetime | None = None) -> bool:
        """Whether the clock stands still, waiting for the provider."""
        return self.resumes_at is not None and (now or timezone.now()) < self.resumes_at

    def left(self, now: datetime.datetime | None = None) -> datetime.timedelta:
        """Return the time left on the clock, negative when overdue; once stopped, what was left then."""
        moment = self.stopped_at or now or timezone.now()
        return self.due_at - (max(moment, self.resumes_at) if self.resumes_at else moment)

    def overdue(self, now: datetime.datetime | None = None) -> bool:
        """Whether the deadline has passed, or had when the clock stopped."""
        return self.left(now) < datetime.timedelta(0)
