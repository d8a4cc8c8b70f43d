"""A decision on a request."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.accounts.models import Role
from pa_portal.submissions.models import Request, Submission

AUTOMATIC = "Automatic review"


class Determination(models.Model):
    """One act on one submission; the table is append-only, and a correction is a new row.

    ``outcome``, ``criteria`` (the trace, by its hash as in the submission: see ``submissions.trees``) and ``facts`` are
    the engine's result as it stood, under the policy version named here: ``queries.replay`` recomputes and compares
    them. ``reasons`` is a list of ``{"criterion", "code", "text"}``, the codes those of ``reasons.ReasonCode``.
    ``request_version`` is the version token that the act used up.

    ``decided_by`` is empty for an automatic approval, and for nothing else. ``signature`` says who signed, as what,
    when, what that means, and the hash of what was signed (see ``signing``). ``supersedes`` is the decision that this
    one replaces, after an appeal or a correction: the decision in force is the one that nothing supersedes.

    ``terms`` of an approval: what was ``asked`` and what was ``approved``, each with start, valid_through, doses and
    units_per_dose; ``modified`` when less was approved, ``modification_reason`` why. ``appeal_by`` is the last day for
    an appeal against a denial or a modified approval, by the plan's settings of the day.
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
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_role = models.CharField(max_length=20, choices=Role, blank=True)
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
    terms = models.JSONField(default=dict)
    modified = models.BooleanField(default=False)
    modification_reason = models.TextField(max_length=2000, blank=True, validators=text.long_text(2000))
    appeal_by = models.DateField(null=True)
    signature = models.JSONField(default=dict)
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
            models.CheckConstraint(
                condition=Q(decided_by__isnull=False)
                | Q(decision="approved", outcome="meets", supersedes__isnull=True),
                name="automatic_approves_what_meets",
            ),
            models.CheckConstraint(
                condition=~Q(decision="pended", supersedes__isnull=False), name="pend_replaces_none"
            ),
            models.CheckConstraint(
                condition=~Q(modified=True) | (Q(decision="approved") & ~Q(modification_reason="")),
                name="modified_approval_has_reason",
            ),
            # Not validated for rows from before there was a director's role.
            models.CheckConstraint(
                condition=~Q(decision="denied") | Q(decided_role=Role.DIRECTOR), name="denial_signed_by_director"
            ),
        )

    def __str__(self) -> str:
        return f"{self.request_id} determination {self.number}"

    @property
    def automatic(self) -> bool:
        """Whether the plan's rules approved this without a person."""
        return self.decided_by_id is None

    @property
    def decider(self) -> str:
        """Who decided, by name with credentials; "Automatic review" for nobody."""
        return self.decided_by.get_full_name() if self.decided_by else AUTOMATIC
