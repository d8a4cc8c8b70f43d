"""Rows of requests for a manager's files."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from pa_portal.accounts.models import Role, User
from pa_portal.determinations.models import Determination
from pa_portal.submissions.models import Request, Submission
from pa_portal.submissions.queries import visible_to


class ExportRow(NamedTuple):
    """One submitted request for an export. What the provider said is as in its latest submission.

    ``outcome`` is the engine's; ``decision`` to ``decided_by`` belong to the approval or denial in force, if there is
    one, and ``authorization`` to ``total_units`` to its authorization. Times are aware datetimes, absent values None.
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
    in_force = Determination.objects.filter(
        request=OuterRef("pk"), decision__in=("approved", "denied"), superseded_by__isnull=True
    )
    return requests.annotate(
        sent=Subquery(latest.annotate(sent=_SENT).values("sent")[:1]),
        in_force=Subquery(in_force.values("pk")[:1]),
        final=FilteredRelation("determinations", condition=Q(determinations__pk=F("in_force"))),
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
