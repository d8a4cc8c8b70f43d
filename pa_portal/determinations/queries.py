"""Scoped reads of determinations, authorizations and letters; replaying decisions; rows for exports."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from criteria import catalog
from criteria.evaluate import decide
from pa_portal.accounts.models import Role, User
from pa_portal.determinations.case import Case
from pa_portal.determinations.letters.content import sha256
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.submissions.models import Request, Submission
from pa_portal.submissions.queries import one, submission_of, visible_to
from pa_portal.submissions.snapshot import digest

RENEW_AHEAD = datetime.timedelta(days=45)


def determinations_of(request: Request) -> QuerySet[Determination]:
    """Return the determinations on a request the caller may see, oldest first."""
    return Determination.objects.filter(request=request).select_related("decided_by").order_by("number")


def case_of(request: Request) -> Case | None:
    """Return the case a reviewer decides: the latest submission of a request the caller may see; None for a draft."""
    submission = submission_of(request)
    return Case(submission) if submission else None


def letters_for(user: User) -> QuerySet[Letter]:
    """Return the letters on requests this person may see, newest first."""
    return (
        Letter.objects.filter(determination__request__in=visible_to(user))
        .select_related("determination", "determination__request")
        .order_by("-created_at", "id")
    )


def letter_for(user: User, id: uuid.UUID | str) -> Letter:
    """Return one letter. Raises Letter.DoesNotExist alike for one that is missing and one that is not theirs."""
    return one(letters_for(user), id)


def authorizations_for(user: User) -> QuerySet[Authorization]:
    """Return the authorizations on requests this person may see, latest start first."""
    return (
        Authorization.objects.filter(request__in=visible_to(user))
        .select_related("request", "patient", "plan", "determination")
        .order_by("-start", "number")
    )


def authorization_for(user: User, request_id: uuid.UUID | str) -> Authorization | None:
    """Return the authorization a request led to, if this person may see the request and there is one."""
    try:
        request = one(visible_to(user), request_id)
    except Request.DoesNotExist:
        return None
    return authorizations_for(user).filter(request=request).first()


def expiring_for(user: User, *, today: datetime.date | None = None) -> QuerySet[Authorization]:
    """Return the active authorizations to renew: in force, and within 45 days of their renewal date; soonest first."""
    now = today or timezone.localdate()
    return (
        authorizations_for(user)
        .filter(
            status=Authorization.Status.ACTIVE,
            start__lte=now,
            valid_through__gte=now,
            renewal_date__lte=now + RENEW_AHEAD,
        )
        .order_by("renewal_date", "number")
    )


def lock_authorization(user: User, id: uuid.UUID | str) -> Authorization:
    """Return one authorization, locked until the transaction ends. Raises Authorization.DoesNotExist."""
    return one(authorizations_for(user).select_for_update(of=("self",)), id)


def renewed_by(request: Request) -> Authorization | None:
    """Return the authorization that a renewal request renews, while that one is active."""
    if request.renews is None:
        return None
    return Authorization.objects.filter(pk=request.renews, status=Authorization.Status.ACTIVE).first()


def proposed_start(request: Request) -> datetime.date | None:
    """Return the first day to offer for an approval.

    A renewal begins where the earlier authorization ends, unless that is past; otherwise the day asked for.
    """
    earlier = renewed_by(request)
    if earlier and earlier.renewal_date >= timezone.localdate():
        return earlier.renewal_date
    submission = submission_of(request)
    if submission is None:
        return request.requested_start_date
    return datetime.date.fromisoformat(submission.content["treatment"]["requested_start_date"])


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made again from what was frozen. ``differences`` names what is not as it was; empty when all is."""

    outcome: str | None
    differences: tuple[str, ...]

    @property
    def matches(self) -> bool:
        return not self.differences


def replay(determination: Determination) -> Replay:
    """Recompute a determination from its submission under the policy version it names, and compare.

    Compared: the submission's hash, the policy's digest, facts, outcome, the whole trace, and the letters' hashes.
    """
    submission = determination.submission
    found: dict[str, bool] = {
        "submission": digest(submission.content) == submission.digest,
        "facts": submission.content["facts"] == determination.facts,
        "letters": all(sha256(letter.content) == letter.sha256 for letter in determination.letters.all()),
    }
    outcome = None
    try:
        policy = catalog.get(determination.policy_id, determination.policy_version)
    except catalog.UnknownPolicy:
        found["policy"] = False
    else:
        decision = decide(policy, determination.facts)
        outcome = decision.outcome
        found["policy"] = policy.digest == determination.policy_digest
        found["outcome"] = outcome == determination.outcome
        found["criteria"] = decision.trace.as_json() == determination.criteria
    return Replay(outcome, tuple(name for name, same in found.items() if not same))


class ExportRow(NamedTuple):
    """One submitted request for an export. What the provider said is as in its latest submission.

    ``outcome`` is the engine's; ``decision`` to ``decided_by`` belong to the approval or denial, if there is one, and
    ``authorization`` to ``total_units`` to the authorization. Times are aware datetimes, absent values None.
    """

    reference: str
    state: str
    request_type: str
    urgency: str
    request_date: datetime.date
    submitted_at: datetime.datetime
    organization: str
    plan: str
    line_of_business: str | None
    patient: str
    date_of_birth: str | None
    member_id: str | None
    prescriber: str
    npi: str
    diagnosis_code: str
    policy_id: str
    policy_version: str
    outcome: str | None
    pathways: str
    decision: str | None
    decided_at: datetime.datetime | None
    decided_by: str
    authorization: str | None
    start: datetime.date | None
    valid_through: datetime.date | None
    renewal_date: datetime.date | None
    hcpcs: str | None
    units_per_dose: int | None
    doses: int | None
    total_units: int | None


def export_rows(user: User, start: datetime.date, end: datetime.date) -> Iterator[ExportRow]:
    """Yield the requests submitted from ``start`` to ``end`` (local dates, both included), oldest first.

    Managers only, and what their organization may see; nothing for anyone else. Rows come as a stream.
    """
    if user.role != Role.MANAGER:
        return
    first, last = max(start, _FIRST_DAY), min(end, _LAST_DAY)
    rows = _export(
        visible_to(user).filter(
            submitted_at__gte=timezone.make_aware(datetime.datetime.combine(first, datetime.time.min)),
            submitted_at__lte=timezone.make_aware(datetime.datetime.combine(last, datetime.time.max)),
        )
    )
    for row in rows.order_by("submitted_at", "id").values_list(*_EXPORTED).iterator(chunk_size=2000):
        yield _export_row(dict(zip(_EXPORTED, row, strict=True)))


# Beyond these, converting between time zones runs out of calendar.
_FIRST_DAY, _LAST_DAY = datetime.date(2000, 1, 1), datetime.date(2999, 12, 31)

# What the latest submission contributes, in one subquery.
_SENT = JSONObject(
    outcome="content__decision__outcome",
    pathways="content__decision__pathways",
    first_name="content__patient__first_name",
    last_name="content__patient__last_name",
    date_of_birth="content__patient__date_of_birth",
    member_id="content__patient__member_id",
    line_of_business="content__patient__line_of_business",
    prescriber="content__prescriber__last_name",
    prescriber_first="content__prescriber__first_name",
    npi="content__prescriber__npi",
    urgency="content__request__urgency",
    diagnosis_code="content__treatment__diagnosis_code",
)
_OWN = ("reference", "state", "request_type", "request_date", "submitted_at")
_POLICY = ("policy_id", "policy_version")
_DECIDED = ("decision", "decided_at", "decided_by__first_name", "decided_by__last_name")
_AUTHORIZED = ("number", "start", "valid_through", "renewal_date", "hcpcs", "units_per_dose", "doses", "total_units")
_EXPORTED = (
    *_OWN,
    *_POLICY,
    "organization__name",
    "plan__name",
    "sent",
    *(f"final__{name}" for name in _DECIDED),
    *(f"final__authorization__{name}" for name in _AUTHORIZED),
)


def _export(requests: QuerySet[Request]) -> QuerySet[Request]:
    latest = Submission.objects.filter(request=OuterRef("pk")).order_by("-number")
    return requests.annotate(
        sent=Subquery(latest.annotate(sent=_SENT).values("sent")[:1]),
        final=FilteredRelation(
            "determinations",
            condition=Q(determinations__decision__in=("approved", "denied"), determinations__supersedes__isnull=True),
        ),
    )


def _export_row(row: dict[str, Any]) -> ExportRow:
    sent = row["sent"]
    authorized = {name: row[f"final__authorization__{name}"] for name in _AUTHORIZED}
    names = (row["final__decided_by__first_name"], row["final__decided_by__last_name"])
    return ExportRow(
        **{name: row[name] for name in (*_OWN, *_POLICY)},
        organization=row["organization__name"],
        plan=row["plan__name"],
        urgency=sent["urgency"],
        diagnosis_code=sent["diagnosis_code"],
        line_of_business=sent["line_of_business"],
        patient=f"{sent['first_name']} {sent['last_name']}",
        date_of_birth=sent["date_of_birth"],
        member_id=sent["member_id"],
        prescriber=f"{sent['prescriber_first']} {sent['prescriber']}",
        npi=sent["npi"],
        outcome=sent["outcome"],
        pathways=" ".join(sent["pathways"]),
        decision=row["final__decision"],
        decided_at=row["final__decided_at"],
        decided_by=" ".join(name for name in names if name),
        authorization=authorized.pop("number"),
        **authorized,
    )
