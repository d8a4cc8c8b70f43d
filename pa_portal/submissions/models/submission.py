"""What cannot change any more: every answer as it was given, and what was sent."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT, KeyTransform
from django.utils import timezone

from pa_portal.submissions.models.request import Request


class Answer(models.Model):
    """One answer as it was given: history, append-only. ``value`` is JSON null when the answer was taken back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The index below begins with it.
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="answer_history", db_index=False)
    fact = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("given_at", "id")
        indexes = (models.Index(fields=("request", "fact", "given_at"), name="answer_of_request"),)

    def __str__(self) -> str:
        return f"{self.fact} of {self.request_id}"


def _drawn(expression: models.Expression, field: models.Field[Any, Any]) -> models.GeneratedField:
    """A column that Postgres keeps beside the content, so that a list reads it without unpacking the whole."""
    return models.GeneratedField(expression=expression, output_field=field, db_persist=True)


def _decided(name: str) -> KeyTransform:
    return KeyTransform(name, KeyTransform("decision", "content"))


def _true(path: str) -> models.ExpressionWrapper:
    # A cast would refuse a submission that holds anything else.
    return models.ExpressionWrapper(Q((path, True)), models.BooleanField())


# What a reviewer looks at twice. Few are, so the index that finds them holds few.
FLAGGED = ~Q(flags=[]) | Q(covered=False) | Q(within_limit=False)


class Submission(models.Model):
    """What was sent for a decision, whole and frozen; the table is append-only.

    ``content`` holds ``policy`` (id, version, digest), ``given`` and ``answers`` (only those that count), ``facts``
    (both together), ``request``, ``patient``, ``prescriber``, ``treatment``, ``medicare`` (None for other members), the
    ``attachments`` (ids, hashes, what they support) and ``documents_missing`` (kinds), the engine's ``decision`` (its
    ``trace`` by the hash of a CriteriaTree; see ``trees``) and the ``attestation`` of whoever signed.
    ``digest`` is the SHA-256, in hex, of the content as canonical JSON. ``request_version`` is the version token that
    was submitted: the same token again yields this same row. ``correction`` is the draft it was made of, if it corrects
    the submission before. ``outcome``, ``flags``, ``pathways``, ``covered`` and ``within_limit`` are of the content.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(Request, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    request_version = models.PositiveIntegerField()
    content = models.JSONField()
    digest = models.CharField(max_length=64)
    outcome = _drawn(KT("content__decision__outcome"), models.CharField(max_length=30))
    flags = _drawn(_decided("flags"), models.JSONField())
    pathways = _drawn(_decided("pathways"), models.JSONField())
    covered = _drawn(_true("content__treatment__diagnosis_covered"), models.BooleanField())
    within_limit = _drawn(_true("content__treatment__dose__within_limit"), models.BooleanField())
    correction = models.OneToOneField(Request, on_delete=models.PROTECT, related_name="merged_as", null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("request", "number")
        indexes = (models.Index(fields=("request", "number"), name="submission_flagged", condition=FLAGGED),)
        constraints = (
            models.UniqueConstraint(fields=("request", "number"), name="submission_number_once"),
            models.UniqueConstraint(fields=("request", "request_version"), name="submission_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="submission_number"),
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="submission_digest"),
        )

    def __str__(self) -> str:
        return f"{self.request_id} submission {self.number}"
