"""The tables that reports read: what a manager counts, a row for each submitted request, and sums by the day."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5

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
    first_modified = models.BooleanField(null=True)
    on_time = models.BooleanField(null=True)
    against_recommendation = models.BooleanField(null=True)
    renewal_requested = models.BooleanField(null=True)
    renewal_approved = models.BooleanField(null=True)
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
            models.Index(fields=("organization_id", "plan_id", "submitted_at"), name="case_from_to"),
            models.Index(fields=("plan_id", "decided_at"), name="case_decided_by_plan"),
            models.Index(fields=("organization_id", "decided_at"), name="case_decided_for"),
            models.Index(fields=("plan_id", "submitted_at"), name="case_open", condition=_OPEN),
            models.Index(
                fields=("plan_id", "valid_through", "start", "renewal_date", "renewal_requested", "urgency"),
                name="case_not_renewed",
                condition=Q(authorization_status="active") & (Q(renewal_approved=False) | Q(renewal_approved=None)),
            ),
        )

    def __str__(self) -> str:
        return self.reference


class Day(models.Model):
    """Sums over the cases of one plan on one day; see ``daily``, which alone writes and reads them.

    ``basis``: the day is that of the submission, or of the first decision. ``span``: "whole" for all cases of a day,
    "day" for a part of them, and "month" for the sum of such parts over the month that begins on ``day``. ``facet`` and
    ``value`` name the part: "" for the whole, or a pathway, reason, policy, organization or reviewer. ``counts`` holds
    the counts of COUNTS, four bytes each, and ``hours`` every turnaround, eight bytes each; both big-endian.
    """

    id = models.BigAutoField(primary_key=True)
    plan_id = models.UUIDField()
    basis = models.TextField()
    span = models.TextField()
    day = models.DateField()
    business = models.TextField(null=True)  # noqa: DJ001
    urgency = models.TextField(null=True)  # noqa: DJ001
    request_type = models.TextField()
    facet = models.TextField()
    value = models.TextField()
    received = models.IntegerField()
    approved = models.IntegerField()
    denied = models.IntegerField()
    first_approved = models.IntegerField()
    first_denied = models.IntegerField()
    against = models.IntegerField()
    late = models.IntegerField()
    units = models.BigIntegerField()
    counts = models.BinaryField(null=True)
    hours = models.BinaryField(null=True)

    class Meta:
        indexes = (models.Index(fields=("plan_id", "basis", "span", "day"), name="day_of_plan"),)

    def __str__(self) -> str:
        return f"{self.basis} on {self.day}: {self.facet} {self.value}"


class Changed(models.Model):
    """A mark that a day's cases changed since its sums were kept. Only ever appended to, and taken away by ``fold``."""

    id = models.BigAutoField(primary_key=True)
    plan_id = models.UUIDField()
    basis = models.TextField()
    day = models.DateField()

    class Meta:
        indexes = (models.Index(fields=("plan_id", "basis", "day"), name="changed_day"),)

    def __str__(self) -> str:
        return f"{self.basis} on {self.day}"


class Code(models.Model):
    """A number for what many packed cases are of: an organization, a reviewer, or all that is told of a kind of case.

    ``text`` is an id, or JSON; see ``packed``, which alone adds them. None goes.
    """

    id = models.AutoField(primary_key=True)
    text = models.TextField()

    class Meta:
        # By its hash: no index holds a text of any length.
        constraints = (models.UniqueConstraint(MD5("text"), name="code_once"),)

    def __str__(self) -> str:
        return self.text


class Packed(models.Model):
    """The cases of one plan on one day, for ``basis`` as for Day, without whose they are; see ``packed``.

    With an ``organization_id``, those that this one sent. ``cases`` holds ``packed.RECORD`` bytes for each.
    """

    id = models.BigAutoField(primary_key=True)
    plan_id = models.UUIDField()
    organization_id = models.UUIDField(null=True)
    basis = models.TextField()
    day = models.DateField()
    cases = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("plan_id", "basis", "day"), name="packed_day", condition=Q(organization_id=None)
            ),
            models.UniqueConstraint(fields=("organization_id", "basis", "day", "plan_id"), name="packed_day_of_part"),
        )

    def __str__(self) -> str:
        return f"{self.basis} on {self.day}"


class CaseFacts(models.Model):
    """The facts of a case's latest submission, by themselves: what is needed to decide many cases again, and no more.

    A copy as Case is, kept by ``projection``. ``id`` is the request's.
    """

    id = models.UUIDField(primary_key=True)
    facts = models.JSONField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class Answers(models.Model):
    """The latest answers of one plan's requests of one day under one policy, packed; see ``answers``.

    ``part``: the requests of a day that are too many for one value go on in the next, from 0. ``heads`` says what there
    is in ``cases``.
    """

    id = models.BigAutoField(primary_key=True)
    plan_id = models.UUIDField()
    policy_id = models.TextField()
    day = models.DateField()
    part = models.IntegerField()
    heads = models.TextField()
    cases = models.BinaryField()

    class Meta:
        verbose_name_plural = "answers"
        constraints = (models.UniqueConstraint(fields=("plan_id", "policy_id", "day", "part"), name="answers_of_day"),)

    def __str__(self) -> str:
        return f"{self.policy_id} on {self.day}"
