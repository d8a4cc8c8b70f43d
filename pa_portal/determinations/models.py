"""What was decided, under which policy version, and how we said so."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.accounts.models import Organization
from pa_portal.submissions.models import Patient, Request, Submission
from pa_portal.submissions.numbers import AUTHORIZATION


class Determination(models.Model):
    """One reviewer's act on one submission; the table is append-only, and a correction is a new row.

    ``outcome``, ``criteria`` (the trace) and ``facts`` are the engine's result as it stood, under the policy version
    named here: ``queries.replay`` recomputes and compares them. ``reasons`` is a list of
    ``{"criterion", "code", "text"}``. ``request_version`` is the version token that the act used up.
    """

    class Decision(models.TextChoices):
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"
        PENDED = "pended", "Information requested"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="determinations")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="determinations")
    number = models.PositiveSmallIntegerField()
    request_version = models.PositiveIntegerField()
    decision = models.CharField(max_length=10, choices=Decision)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now, editable=False)

    policy_id = models.CharField(max_length=20)
    policy_version = models.CharField(max_length=20)
    policy_digest = models.CharField(max_length=64)
    outcome = models.CharField(max_length=30)
    criteria = models.JSONField()
    facts = models.JSONField()

    reasons = models.JSONField(default=list)
    rationale = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))
    information_needed = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))
    respond_by = models.DateField(null=True)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )

    class Meta:
        ordering = ("request", "number")
        indexes = (models.Index(fields=("decided_at",), name="determination_decided_at"),)
        constraints = (
            models.UniqueConstraint(fields=("request", "number"), name="determination_number_once"),
            models.UniqueConstraint(fields=("request", "request_version"), name="determination_version_once"),
            models.UniqueConstraint(
                fields=("request",),
                condition=Q(decision__in=("approved", "denied"), supersedes__isnull=True),
                name="determination_final_once",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=("approved", "denied", "pended")), name="determination_decision"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=("meets", "does_not_meet", "insufficient_information")),
                name="determination_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(decision="denied") | (~Q(reasons=[]) & ~Q(rationale="")), name="denial_has_reasons"
            ),
            models.CheckConstraint(
                condition=~Q(decision="pended") | (~Q(information_needed="") & Q(respond_by__isnull=False)),
                name="pend_says_what_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(decision="approved", rationale="") | Q(outcome="meets"),
                name="approval_against_has_rationale",
            ),
        )

    def __str__(self) -> str:
        return f"{self.request_id} determination {self.number}"


class Authorization(models.Model):
    """What an approval authorizes. Only ``status`` may change, and a row is never deleted: a trigger sees to it.

    Units are billing units of ``hcpcs``. ``valid_through`` is the last day; ``renewal_date`` the day after it.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        VOID = "void", "Void"

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
        )
        constraints = (
            models.CheckConstraint(condition=Q(number__regex=AUTHORIZATION.pattern), name="authorization_number"),
            models.CheckConstraint(condition=Q(status__in=("active", "void")), name="authorization_status"),
            models.CheckConstraint(condition=Q(start__lte=F("valid_through")), name="authorization_dates"),
            models.CheckConstraint(condition=Q(renewal_date__gt=F("valid_through")), name="authorization_renewal"),
            models.CheckConstraint(
                condition=Q(total_units=F("units_per_dose") * F("doses")), name="authorization_units"
            ),
        )

    def __str__(self) -> str:
        return self.number


class Letter(models.Model):
    """The letter that told of a determination: its content, frozen; the table is append-only.

    ``content`` is what ``letters.content.compose`` made, and the only source of the HTML and the PDF. ``sha256`` is
    the hash, in hex, of the content as canonical JSON.
    """

    class Kind(models.TextChoices):
        APPROVAL = "approval", "Approval"
        DENIAL = "denial", "Denial"
        INFORMATION_REQUEST = "information_request", "Request for information"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=30, choices=Kind)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("determination", "kind"), name="letter_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("approval", "denial", "information_request")), name="letter_kind"
            ),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="letter_sha256"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} letter of {self.determination_id}"
