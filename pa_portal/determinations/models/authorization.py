"""What an approval authorizes, and the undoing of one made in error."""

from __future__ import annotations

import datetime
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.accounts.models import Organization
from pa_portal.determinations.models.determination import Determination
from pa_portal.submissions.models import Patient, Request
from pa_portal.submissions.numbers import AUTHORIZATION


class Authorization(models.Model):
    """What an approval authorizes. Only ``status`` may change, from active and never back; a row is never deleted.

    Units are billing units of ``hcpcs``. ``valid_through`` is the last day; ``renewal_date`` the day after it. An
    active authorization expires by its dates alone: see ``standing``. Superseded: a later decision on the same request
    took its place.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        VOID = "void", "Void"
        SUPERSEDED = "superseded", "Superseded"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=17, unique=True, editable=False)
    determination = models.OneToOneField(Determination, on_delete=models.PROTECT, related_name="authorization")
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="authorizations")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="authorizations")
    start = models.DateField()
    valid_through = models.DateField()
    renewal_date = models.DateField()
    hcpcs = models.CharField("HCPCS code", max_length=5)
    units_per_dose = models.PositiveSmallIntegerField()
    interval_days = models.PositiveSmallIntegerField()
    doses = models.PositiveSmallIntegerField()
    total_units = models.PositiveIntegerField()
    dose_mg = models.DecimalField(max_digits=6, decimal_places=1)
    regimen = models.CharField(max_length=40)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-start", "number")
        indexes = (
            models.Index(fields=("organization", "status", "renewal_date"), name="authorization_expiring"),
            models.Index(fields=("patient", "start"), name="authorization_of_patient"),
            models.Index(fields=("plan", "-start", "number"), name="authorization_of_plan"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(number__regex=AUTHORIZATION.pattern), name="authorization_number"),
            models.CheckConstraint(
                condition=Q(status__in=("active", "void", "superseded")), name="authorization_status"
            ),
            models.CheckConstraint(condition=Q(start__lte=F("valid_through")), name="authorization_dates"),
            models.CheckConstraint(condition=Q(renewal_date__gt=F("valid_through")), name="authorization_renewal"),
            models.CheckConstraint(
                condition=Q(total_units=F("units_per_dose") * F("doses")), name="authorization_units"
            ),
            models.UniqueConstraint(
                fields=("request",), condition=Q(status="active"), name="authorization_active_once"
            ),
        )

    def __str__(self) -> str:
        return self.number

    def standing(self, today: datetime.date | None = None) -> str:
        """Return "active", "expired", "void" or "superseded", as of a day (today). Active includes what is to start."""
        day = today or timezone.localdate()
        return "expired" if self.status == self.Status.ACTIVE and self.valid_through < day else self.status


class AuthorizationVoid(models.Model):
    """A director's undoing of an authorization made in error; append-only. The determination stays as it was.

    ``reason`` is told in the notice. ``appeal_by`` is the last day for an appeal against it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    authorization = models.OneToOneField(Authorization, on_delete=models.PROTECT, related_name="void")
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    voided_at = models.DateTimeField(default=timezone.now, editable=False)
    reason = models.TextField(max_length=2000, validators=text.long_text(2000))
    appeal_by = models.DateField()
    signature = models.JSONField()

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(reason=""), name="void_has_reason"),)

    def __str__(self) -> str:
        return f"void of {self.authorization_id}"
