"""What a provider told us, unjudged: patients, prescribers, requests, their answers, and what was submitted."""

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
from pa_portal.accounts.models import Organization, PostalAddress
from pa_portal.accounts.npi import npi
from pa_portal.submissions.files import EXTENSIONS
from pa_portal.submissions.numbers import REFERENCE

HEIGHT_CM = (Decimal(50), Decimal(250))
WEIGHT_KG = (Decimal(10), Decimal(400))
ATTACHMENT_BYTES = 20 * 1024 * 1024


class Sex(models.TextChoices):
    FEMALE = "female", "Female"
    MALE = "male", "Male"
    OTHER = "other", "Another, or not stated"


class LineOfBusiness(models.TextChoices):
    COMMERCIAL = "commercial", "Commercial (employer or individual)"
    MARKETPLACE = "marketplace", "Marketplace (exchange)"
    MEDICAID = "medicaid", "Medicaid"
    MEDICARE = "medicare", "Medicare"


class Patient(PostalAddress):
    """A patient as one provider organization knows them, so that the next request is prefilled.

    ``locality`` is a Medicare member's county or city, where that decides the contractor (see ``medicare``). What a
    submitted request says about its patient is in the Submission and does not follow later changes here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="patients")
    plan = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="members", verbose_name="health plan")
    first_name = models.CharField(max_length=60, validators=[text.one_line])
    last_name = models.CharField(max_length=60, validators=[text.one_line])
    date_of_birth = models.DateField()
    member_id = models.CharField("member ID", max_length=30, validators=[text.one_line])
    sex = models.CharField(max_length=10, choices=Sex, blank=True)
    phone = models.CharField(max_length=25, blank=True, validators=[text.phone])
    line_of_business = models.CharField(max_length=12, choices=LineOfBusiness)
    locality = models.CharField("county or city", max_length=60, blank=True, validators=[text.one_line])
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("last_name", "first_name", "id")
        indexes = (
            models.Index(fields=("organization", "member_id"), name="patient_member"),
            models.Index(fields=("organization", "last_name", "first_name"), name="patient_name"),
            models.Index(fields=("organization", "date_of_birth"), name="patient_birth"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(first_name="") & ~Q(last_name="") & ~Q(member_id=""), name="patient_identified"
            ),
            models.CheckConstraint(condition=Q(line_of_business__in=LineOfBusiness.values), name="patient_business"),
            models.CheckConstraint(condition=Q(sex__in=["", *Sex.values]), name="patient_sex"),
            models.CheckConstraint(
                condition=Q(locality="") | Q(line_of_business="medicare"), name="patient_locality_for_medicare"
            ),
        )

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def plan_name(self) -> str:
        return self.plan.name


class Prescriber(PostalAddress):
    """A prescriber's profile within one organization: one per NPI, reused by every request there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="prescribers")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="prescriber_profile"
    )
    first_name = models.CharField(max_length=60, validators=[text.one_line])
    last_name = models.CharField(max_length=60, validators=[text.one_line])
    credentials = models.CharField(max_length=30, blank=True, validators=[text.one_line])
    npi = models.CharField("NPI", max_length=10, validators=[npi])
    specialty = models.CharField(max_length=80, blank=True, validators=[text.one_line])
    phone = models.CharField(max_length=25, validators=[text.phone])
    fax = models.CharField(max_length=25, blank=True, validators=[text.phone])
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("last_name", "first_name", "id")
        constraints = (
            models.UniqueConstraint(fields=("organization", "npi"), name="prescriber_npi_once"),
            models.CheckConstraint(condition=Q(npi__regex=r"^[0-9]{10}$"), name="prescriber_npi"),
        )

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        name = f"{self.first_name} {self.last_name}"
        return f"{name}, {self.credentials}" if self.credentials else name


def draft_life() -> datetime.timedelta:
    """How long a draft is kept after it was last saved."""
    return datetime.timedelta(days=settings.DRAFT_DAYS)


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


class Answer(models.Model):
    """One answer as it was given: history, append-only. ``value`` is JSON null when the answer was taken back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="answer_history")
    fact = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("given_at", "id")
        indexes = (models.Index(fields=("request", "fact", "given_at"), name="answer_of_request"),)

    def __str__(self) -> str:
        return f"{self.fact} of {self.request_id}"


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


class Submission(models.Model):
    """What was sent for a decision, whole and frozen; the table is append-only.

    ``content`` holds ``policy`` (id, version, digest), ``given`` and ``answers`` (only those that count), ``facts``
    (both together), ``request``, ``patient``, ``prescriber``, ``treatment``, ``medicare`` (None for other members), the
    ``attachments`` (ids, hashes, what they support) and ``documents_missing`` (kinds), the engine's ``decision`` and
    the ``attestation`` of whoever signed.
    ``digest`` is the SHA-256, in hex, of the content as canonical JSON. ``request_version`` is the version token that
    was submitted: the same token again yields this same row. ``correction`` is the draft it was made of, if it corrects
    the submission before.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    request_version = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    correction = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="merged_as", null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("request", "number")
        constraints = (
            models.UniqueConstraint(fields=("request", "number"), name="submission_number_once"),
            models.UniqueConstraint(fields=("request", "request_version"), name="submission_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="submission_number"),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="submission_digest"),
        )

    def __str__(self) -> str:
        return f"{self.request_id} submission {self.number}"
