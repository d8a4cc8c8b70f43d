"""Patients and prescribers, as one provider organization knows them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.accounts.models import Organization, PostalAddress
from pa_portal.accounts.npi import npi


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
