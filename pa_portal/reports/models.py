"""The table that reports read: what a manager counts, a row for each submitted request."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

_OPEN = Q(state__in=("submitted", "pended"))


class Case(models.Model):
    """One submitted request and what became of it, drawn together from the records. ``id`` is the request's.

    A copy, kept in step by the triggers of ``projection`` and never written from here: the records are the truth. No
    foreign keys, since a copy must not hold up what it copies. Anything but the id may be empty, for the same reason.
    """

    id = models.UUIDField(primary_key=True)
    organization_id = models.UUIDField()
    plan_id = models.UUIDField()
    decided_by_id = models.UUIDField(null=True)
    authorization_id = models.UUIDField(null=True)
    renews = models.UUIDField(null=True)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    turnaround_hours = models.FloatField(null=True)
    start = models.DateField(null=True)
    valid_through = models.DateField(null=True)
    renewal_date = models.DateField(null=True)
    total_units = models.IntegerField(null=True)
    time_limit_hours = models.IntegerField(null=True)
    extended_hours = models.IntegerField(null=True)
    submissions = models.SmallIntegerField(null=True)
    information_requests = models.SmallIntegerField(null=True)
    appeals = models.SmallIntegerField(null=True)
    units_per_dose = models.SmallIntegerField(null=True)
    interval_days = models.SmallIntegerField(null=True)
    doses = models.SmallIntegerField(null=True)
    diagnosis_covered = models.BooleanField(null=True)
    automatic = models.BooleanField(null=True)
    modified = models.BooleanField(null=True)
    on_time = models.BooleanField(null=True)
    against_recommendation = models.BooleanField(null=True)
    state = models.TextField()
    request_type = models.TextField()
    urgency = models.TextField(null=True)  # noqa: DJ001 (null is "not known", here and below)
    line_of_business = models.TextField(null=True)  # noqa: DJ001
    outcome = models.TextField(null=True)  # noqa: DJ001
    pathways = ArrayField(models.TextField(), null=True)
    flags = ArrayField(models.TextField(), null=True)
    reasons = ArrayField(models.TextField(), null=True)
    first_decision = models.TextField(null=True)  # noqa: DJ001
    decision = models.TextField(null=True)  # noqa: DJ001
    appeal_outcome = models.TextField(null=True)  # noqa: DJ001
    authorization_status = models.TextField(null=True)  # noqa: DJ001
    policy_id = models.TextField()
    policy_version = models.TextField()
    reference = models.TextField()
    patient_name = models.TextField(null=True)  # noqa: DJ001
    member_id = models.TextField(null=True)  # noqa: DJ001
    prescriber = models.TextField(null=True)  # noqa: DJ001
    prescriber_npi = models.TextField(null=True)  # noqa: DJ001
    diagnosis_code = models.TextField(null=True)  # noqa: DJ001
    authorization_number = models.TextField(null=True)  # noqa: DJ001
    hcpcs = models.TextField(null=True)  # noqa: DJ001
    dose_mg = models.DecimalField(max_digits=6, decimal_places=1, null=True)
    regimen = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        indexes = (
            models.Index(fields=("plan_id", "submitted_at", "id"), name="case_of_plan"),
            models.Index(fields=("organization_id", "submitted_at", "id"), name="case_of_organization"),
            models.Index(fields=("plan_id", "decided_at"), name="case_decided_by_plan"),
            models.Index(fields=("organization_id", "decided_at"), name="case_decided_for"),
            models.Index(fields=("plan_id", "submitted_at"), name="case_open", condition=_OPEN),
            models.Index(
                fields=("plan_id", "valid_through"),
                name="case_authorized",
                condition=Q(authorization_status="active"),
            ),
            models.Index(fields=("renews",), name="case_renews", condition=Q(renews__isnull=False)),
        )

    def __str__(self) -> str:
        return self.reference
