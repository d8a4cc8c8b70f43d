"""Requests: one, the lists of either side, and what their latest submission says."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection
from functools import cache

from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet, Subquery

from pa_portal.accounts.models import PROVIDERS, REVIEWERS, Organization, User
from pa_portal.accounts.prepared import Prepared
from pa_portal.submissions.models import Request, State, Submission, draft_life
from pa_portal.submissions.queries.scope import as_id, visible_to, with_people

PEOPLE = ("patient", "prescriber", "plan")


def request_for(user: User, id: uuid.UUID | str, people: tuple[str, ...] = PEOPLE) -> Request:
    """Return one request that this person may see, in one query with its organization and ``people``.

    Those left out of ``people`` are read when somebody looks at them. Raises Request.DoesNotExist alike for a request
    that is missing, not theirs, or no id at all.
    """
    key = as_id(id)
    if key is None or not user.is_active:
        raise Request.DoesNotExist
    own = user.role in PROVIDERS
    query = _one_request(user.role, user.organization.kind, people if own else (*people, "organization"))
    request = query.first(organization=user.organization_id, id=key)
    if request is None:
        raise Request.DoesNotExist
    if own:
        request.organization = user.organization
    plan = request.plan if "plan" in people else None
    if plan is not None and request.patient is not None and request.patient.plan_id == plan.pk:
        request.patient.plan = plan
    return request


@cache
def _one_request(role: str, kind: str, joined: tuple[str, ...]) -> Prepared[Request]:
    """The query of ``request_for``: what ``visible_to`` says, for anybody of this role and kind of organization."""
    organization, id = uuid.UUID(int=1), uuid.UUID(int=2)
    anybody = User(role=role, organization=Organization(id=organization, kind=kind), is_active=True)
    found = visible_to(anybody).filter(pk=id).select_related(*joined).order_by()
    return Prepared(found, {organization: "organization", id: "id"})


def requests_for(user: User) -> QuerySet[Request]:
    """Return the requests this person may see that were submitted, last changed first; never a draft."""
    return with_people(visible_to(user).filter(submitted_at__isnull=False)).order_by("-updated_at")


def drafts_for(user: User) -> QuerySet[Request]:
    """Return the drafts of this person's organization, last changed first. Only the provider sees drafts."""
    drafts = with_people(visible_to(user).filter(state=State.DRAFT))
    return drafts.select_related("ready_to_sign_by").order_by("-updated_at")


def renewals_for(user: User, authorizations: Collection[uuid.UUID]) -> dict[uuid.UUID, Request]:
    """Return the last renewal of each of these authorizations that this person may see and nobody gave up."""
    found = visible_to(user).filter(renews__in=authorizations).exclude(state=State.WITHDRAWN).order_by("created_at")
    return {request.renews: request for request in found if request.renews is not None}


def ready_to_sign_for(user: User) -> QuerySet[Request]:
    """Return the drafts that wait for a prescriber's signature alone, longest waiting first."""
    return drafts_for(user).filter(ready_to_sign_at__isnull=False).order_by("ready_to_sign_at", "id")


def expired_drafts(now: datetime.datetime) -> QuerySet[Request]:
    """Return every organization's drafts that nobody has saved for as long as a draft is kept; longest first."""
    return Request.objects.filter(state=State.DRAFT, updated_at__lte=now - draft_life()).order_by("updated_at", "id")


def correction_of(request: Request) -> Request | None:
    """Return the open draft in which a request of the caller's organization is being corrected, if there is one."""
    return Request.objects.filter(corrects=request, state=State.DRAFT).first()


def queue(reviewer: User) -> QuerySet[Request]:
    """Return the open requests sent to a reviewer's plan: expedited first, then the longest waiting.

    Each carries ``recommendation`` (the engine's outcome), ``flags``, ``pathways`` and ``last_submitted_at``, all of
    its latest submission. Anyone but a reviewer or medical director gets nothing.
    """
    if reviewer.role not in REVIEWERS:
        return Request.objects.none()
    waiting = visible_to(reviewer).filter(state__in=(State.SUBMITTED, State.PENDED))
    # "expedited" comes before "standard" in the alphabet too, so that the queue's index gives this order.
    return with_latest_submission(with_people(waiting)).order_by("urgency", "submitted_at", "id")


def with_latest_submission(requests: QuerySet[Request]) -> QuerySet[Request]:
    """Add to each request what its latest submission says: ``recommendation``, ``flags``, ``pathways``, ``covered``,
    ``within_limit``, ``last_submitted_at``.
    """
    latest = Submission.objects.filter(request=OuterRef("pk")).order_by("-number")
    return requests.annotate(
        recommendation=Subquery(latest.values("outcome")[:1]),
        flags=Subquery(latest.values("flags")[:1], output_field=JSONField()),
        pathways=Subquery(latest.values("pathways")[:1], output_field=JSONField()),
        covered=Subquery(latest.values("covered")[:1]),
        within_limit=Subquery(latest.values("within_limit")[:1]),
        last_submitted_at=Subquery(latest.values("submitted_at")[:1]),
    )


def whose_latest(requests: QuerySet[Request], says: Q) -> QuerySet[Request]:
    """Return those whose latest submission fits ``says``, a condition on its columns.

    As a set of submissions, which Postgres may look up in their indexes: where few fit, it need not ask each request.
    """
    later = Submission.objects.filter(request=OuterRef("request"), number__gt=OuterRef("number"))
    return requests.filter(pk__in=Submission.objects.filter(says).exclude(Exists(later)).values("request"))
