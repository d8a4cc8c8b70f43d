"""One request for prior authorization, from draft to decision."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.accounts.models import Organization
from pa_portal.submissions.models.people import Patient, Prescriber
from pa_portal.submissions.numbers import REFERENCE

HEIGHT_CM = (Decimal(50), Decimal(250))
WEIGHT_KG = (Decimal(10), Decimal(400))


class RequestType(models.TextChoices):
    INITIAL = "initial", "Initial"
    RENEWAL = "renewal", "Renewal"


class Urgency(models.TextChoices):
    STANDARD = "standard", "Standard"
    EXPEDITED = "expedited", "Expedited"


class State(models.TextChoices):
    """Where a request stands; ``transitions`` says who may move it, and where to."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    PENDED = "pended", "Information requested"
    APPROVED = "approved", "Approved"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Request(models.Model):
    """One request for prior authorization, from draft to decision.

    ``request_date`` is the local date on which the draft began. It fixes the governing policy version and the day on
    which age is counted; neither moves afterwards, so the answers given stay answers to the same questions.
    ``version`` grows by one at every change and is the token that tells a stale tab so.
    ``answers`` holds the current value of each wizard fact, including those that a later answer has set aside.
    ``plan`` is the patient's plan. ``renews`` is the id of the authorization being renewed, ``approved_regimen`` what
    it authorized. A discarded draft is ``withdrawn`` without ever having been submitted, and is seen by nobody.
    ``corrects`` is the request that a draft corrects: signed, it becomes that one's next submission and is withdrawn.
    ``ready_to_sign_at`` and ``ready_to_sign_by``: somebody says that a draft waits for the prescriber's signature
    alone; any later change takes that back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=12, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="requests")
    plan = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="plan_requests", null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="requests", null=True)
    prescriber = models.ForeignKey(Prescriber, on_delete=models.PROTECT, related_name="requests", null=True)

    policy_id = models.CharField(max_length=20)
    policy_version = models.CharField(max_length=20)
    request_type = models.CharField(max_length=10, choices=RequestType)
    request_date = models.DateField()
    renews = models.UUIDField(null=True)
    approved_regimen = models.CharField(max_length=40, blank=True)

    urgency = models.CharField(max_length=10, choices=Urgency, default=Urgency.STANDARD)
    urgency_reason = models.TextField(max_length=2000, blank=True, validators=text.long_text(2000))
    diagnosis_code = models.CharField(
        max_length=8,
        blank=True,
        validators=[
            RegexValidator(
                r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?\Z", "Enter an ICD-10-CM code such as C50.911.", code="icd10"
            )
        ],
    )
    height_cm = models.DecimalField(
        "height in centimetres",
        max_digits=4,
        decimal_places=1,
        null=True,
        validators=[MinValueValidator(HEIGHT_CM[0]), MaxValueValidator(HEIGHT_CM[1])],
    )
    weight_kg = models.DecimalField(
        "weight in kilograms",
        max_digits=4,
        decimal_places=1,
        null=True,
        validators=[MinValueValidator(WEIGHT_KG[0]), MaxValueValidator(WEIGHT_KG[1])],
    )
    requested_start_date = models.DateField(null=True)
    clinical_rationale = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))
    answers = models.JSONField(default=dict)
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, related_name="corrections", null=True, editable=False
    )
    ready_to_sign_at = models.DateTimeField(null=True, editable=False)
    ready_to_sign_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, editable=False
    )

    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-updated_at",)
        indexes = (
            models.Index(fields=("organization", "state", "-updated_at"), name="request_of_organization"),
            models.Index(fields=("plan", "state", "submitted_at"), name="request_of_plan"),
            models.Index(
                fields=("plan", "urgency", "submitted_at"),
                name="request_queue",
                condition=Q(state__in=("submitted", "pended")),
            ),
            models.Index(fields=("renews",), name="request_renews", condition=Q(renews__isnull=False)),
        )
        constraints = (
            models.CheckConstraint(condition=Q(reference__regex=REFERENCE.pattern), name="request_reference"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="request_state"),
            models.CheckConstraint(condition=Q(request_type__in=RequestType.values), name="request_type"),
            models.CheckConstraint(condition=Q(urgency__in=Urgency.values), name="request_urgency"),
            models.CheckConstraint(condition=Q(version__gte=1), name="request_version"),
            models.CheckConstraint(
                condition=Q(state="draft", submitted_at__isnull=True)
                | Q(state="withdrawn")
                | Q(state__in=("submitted", "pended", "approved", "denied"), submitted_at__isnull=False),
                name="request_submitted_at",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True)
                | Q(
                    patient__isnull=False,
                    plan__isnull=False,
                    prescriber__isnull=False,
                    height_cm__isnull=False,
                    weight_kg__isnull=False,
                    requested_start_date__isnull=False,
                )
                & ~Q(diagnosis_code=""),
                name="request_complete_when_submitted",
            ),
            models.CheckConstraint(
                condition=Q(height_cm__isnull=True) | Q(height_cm__range=HEIGHT_CM), name="request_height"
            ),
            models.CheckConstraint(
                condition=Q(weight_kg__isnull=True) | Q(weight_kg__range=WEIGHT_KG), name="request_weight"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(urgency="standard") | ~Q(urgency_reason=""),
                name="request_urgency_reason",
            ),
            models.CheckConstraint(
                condition=Q(ready_to_sign_at__isnull=True, ready_to_sign_by__isnull=True)
                | Q(ready_to_sign_at__isnull=False, ready_to_sign_by__isnull=False, state="draft"),
                name="request_ready_to_sign",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True) | Q(submitted_at__isnull=True, state__in=("draft", "withdrawn")),
                name="request_correction_not_sent",
            ),
            models.UniqueConstraint(
                fields=("corrects",), condition=Q(state="draft"), name="request_corrected_in_one_draft"
            ),
        )

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Whether the provider may still change it: a draft, or pended for information."""
        return self.state in (State.DRAFT, State.PENDED)

    @property
    def expires_at(self) -> datetime.datetime | None:
        """When a draft that nobody saves again is discarded; None for anything else."""
        return self.updated_at + draft_life() if self.state == State.DRAFT else None


def draft_life() -> datetime.timedelta:
    """How long a draft is kept after it was last saved."""
    return datetime.timedelta(days=settings.DRAFT_DAYS)
