"""Scoped reads of patients, prescribers and requests: what a person's role and organization let them see."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from django.db.models import Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from criteria import catalog
from criteria.policy import Policy
from criteria.questions import Walk, walk
from pa_portal.accounts.models import PROVIDERS, REVIEWERS, Organization, Role, User
from pa_portal.submissions import medicare
from pa_portal.submissions.models import (
    Answer,
    Attachment,
    Patient,
    Prescriber,
    Request,
    State,
    Submission,
    Urgency,
    draft_life,
)
from pa_portal.submissions.prepared import Prepared

M = TypeVar("M", bound=Model)


def visible_to(user: User) -> QuerySet[Request]:
    """Return every request this person may see.

    Prescribers and practice staff: all of their organization's, drafts included, but no discarded ones. Reviewers and
    medical directors: those submitted to their plan. Managers: those submitted to their plan, or by their provider
    organization. Anyone else: none.
    """
    sent = Request.objects.filter(submitted_at__isnull=False)
    if not user.is_active:
        return Request.objects.none()
    if user.role in PROVIDERS:
        return Request.objects.filter(organization_id=user.organization_id).exclude(
            state=State.WITHDRAWN, submitted_at__isnull=True
        )
    if user.role in REVIEWERS:
        return sent.filter(plan_id=user.organization_id)
    if user.role == Role.MANAGER and user.organization.kind == Organization.Kind.PLAN:
        return sent.filter(plan_id=user.organization_id)
    if user.role == Role.MANAGER:
        return sent.filter(organization_id=user.organization_id)
    return Request.objects.none()


def drafts_for(user: User) -> QuerySet[Request]:
    """Return the drafts of this person's organization, last changed first. Only the provider sees drafts."""
    drafts = with_people(visible_to(user).filter(state=State.DRAFT))
    return drafts.select_related("ready_to_sign_by").order_by("-updated_at")


def expired_drafts(now: datetime.datetime) -> QuerySet[Request]:
    """Return every organization's drafts that nobody has saved for as long as a draft is kept; longest first."""
    return Request.objects.filter(state=State.DRAFT, updated_at__lte=now - draft_life()).order_by("updated_at", "id")


def ready_to_sign_for(user: User) -> QuerySet[Request]:
    """Return the drafts that wait for a prescriber's signature alone, longest waiting first."""
    return drafts_for(user).filter(ready_to_sign_at__isnull=False).order_by("ready_to_sign_at", "id")


def requests_for(user: User) -> QuerySet[Request]:
    """Return the requests this person may see that were submitted, last changed first; never a draft."""
    return with_people(visible_to(user).filter(submitted_at__isnull=False)).order_by("-updated_at")


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
    """Add to each request what its latest submission says: ``recommendation``, ``flags``, ``pathways``,
    ``last_submitted_at``.
    """
    latest = Submission.objects.filter(request=OuterRef("pk")).order_by("-number")
    return requests.annotate(
        recommendation=Subquery(latest.values("content__decision__outcome")[:1]),
        flags=Subquery(latest.values("content__decision__flags")[:1]),
        pathways=Subquery(latest.values("content__decision__pathways")[:1]),
        last_submitted_at=Subquery(latest.values("submitted_at")[:1]),
    )


def submission_of(request: Request) -> Submission | None:
    """Return the latest submission of a request the caller may see; None for a draft."""
    return submissions_of(request).last()


def submissions_of(request: Request) -> QuerySet[Submission]:
    """Return every submission of a request the caller may see, oldest first."""
    return Submission.objects.filter(request=request).select_related("submitted_by").order_by("number")


def answers_of(request: Request) -> QuerySet[Answer]:
    """Return every answer as it was given, oldest first, with who gave it; of a request the caller may see."""
    return Answer.objects.filter(request=request).select_related("given_by").order_by("given_at", "id")


def latest_answers(request: Request) -> dict[str, Answer]:
    """Return the answer that stands last in the history of each fact, by fact."""
    return {answer.fact: answer for answer in answers_of(request)}


def answers_apart(some: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    """Return the facts whose values differ, sorted. Values are JSON, so 1 is not true."""
    return sorted(
        name
        for name in some.keys() | others.keys()
        if some.get(name) != others.get(name) or isinstance(some.get(name), bool) != isinstance(others.get(name), bool)
    )


def correction_of(request: Request) -> Request | None:
    """Return the open draft in which a request of the caller's organization is being corrected, if there is one."""
    return Request.objects.filter(corrects=request, state=State.DRAFT).first()


def submission_of_correction(user: User, id: uuid.UUID | str) -> Submission | None:
    """Return the submission that a prescriber's organization made of the correcting draft with this id, if it did."""
    try:
        draft = one(Request.objects.filter(corrects__in=visible_to(user)), id)
    except Request.DoesNotExist:
        return None
    return Submission.objects.filter(correction=draft).first() if user.role == Role.PRESCRIBER else None


def attachments_of(request: Request) -> QuerySet[Attachment]:
    """Return what is attached to a request the caller may change, oldest first; what was removed is left out.

    What the plan may see is in each submission's content.
    """
    current = Attachment.objects.filter(request=request, removed_at__isnull=True)
    return current.select_related("uploaded_by").order_by("uploaded_at", "id")


def attachments_for(user: User) -> QuerySet[Attachment]:
    """Return the documents this person may read, on requests they may see.

    The provider's people: those attached, and those once sent. The plan's, and managers: those sent.
    """
    sent = Q(sent_at__isnull=False)
    return Attachment.objects.filter(
        sent | Q(removed_at__isnull=True) if user.role in PROVIDERS else sent, request__in=visible_to(user)
    ).select_related("request", "uploaded_by")


def attachment_for(user: User, id: uuid.UUID | str) -> Attachment:
    """Return one document. Raises Attachment.DoesNotExist alike for one that is missing and one that is not theirs."""
    return one(attachments_for(user), id)


def patients_for(user: User, search: str = "") -> QuerySet[Patient]:
    """Return the patients of a provider's organization, by name.

    ``search`` narrows them: each word must be in a name or the member ID, or be the date of birth ("02/29/1968",
    "2-29-1968", "1968-02-29").
    """
    found = Patient.objects.filter(organization_id=user.organization_id).select_related("plan")
    if user.role not in PROVIDERS or not user.is_active:
        return found.none()
    # What Postgres cannot hold is in nobody's name.
    for word in search.replace("\x00", " ").encode("utf-8", "replace").decode().split():
        matches = Q(first_name__icontains=word) | Q(last_name__icontains=word) | Q(member_id__icontains=word)
        born = _date(word)
        found = found.filter(matches | Q(date_of_birth=born) if born else matches)
    return found.order_by("last_name", "first_name", "id")


_DATES = ("%m/%d/%Y", "%m-%d-%Y", "%Y-%m-%d")


def _date(word: str) -> datetime.date | None:
    """Return the date that a word of a search is, if it is one."""
    for form in _DATES:
        try:
            return datetime.datetime.strptime(word, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def prescribers_for(user: User) -> QuerySet[Prescriber]:
    """Return the prescriber profiles of a provider's organization, by name."""
    found = Prescriber.objects.filter(organization_id=user.organization_id)
    if user.role not in PROVIDERS or not user.is_active:
        return found.none()
    return found.order_by("last_name", "first_name", "id")


def profile_of(user: User) -> Prescriber | None:
    """Return a prescriber's own profile, if they have one."""
    return prescribers_for(user).filter(user=user).first()


def policy_of(request: Request) -> Policy:
    """Return the policy version that governs a request."""
    return catalog.get(request.policy_id, request.policy_version)


def newer_version(request: Request) -> Policy | None:
    """Return the policy version that governs today, if it is later than the one that a draft began with; else None.

    A draft keeps its version. ``copy_request`` makes another draft of it under the newer one.
    """
    if request.state != State.DRAFT:
        return None
    try:
        governing = catalog.governing(request.policy_id, timezone.localdate())
    except catalog.NoGoverningVersion:
        return None
    return governing if governing.effective > policy_of(request).effective else None


def given_facts(request: Request) -> dict[str, Any]:
    """Return the facts that the portal fills in itself, as JSON values; those not yet known are left out."""
    facts: dict[str, Any] = {"request_type": request.request_type, "request_date": request.request_date.isoformat()}
    if request.patient is not None:
        facts["date_of_birth"] = request.patient.date_of_birth.isoformat()
    if request.approved_regimen:
        facts["approved_regimen"] = request.approved_regimen
    return facts


def walk_for(request: Request, changes: Mapping[str, Any] | None = None) -> Walk:
    """Return the path that a request's answers take; ``changes`` are answers to try without saving them."""
    return walk(policy_of(request), {**request.answers, **(changes or {})}, given_facts(request))


def missing(request: Request, walked: Walk | None = None) -> tuple[str, ...]:
    """Return what stands between a draft and its submission, in the order of the pages; empty when nothing does.

    The clinical rationale is not among these: whether one is needed shows only when nothing else is missing.
    """
    gaps = ["patient"] if request.patient is None else [*medicare.missing(policy_of(request), request.patient)]
    gaps += ["prescriber"] if request.prescriber_id is None else []
    gaps += [
        name
        for name in ("diagnosis_code", "height_cm", "weight_kg", "requested_start_date")
        if not getattr(request, name)
    ]
    if request.urgency == Urgency.EXPEDITED and not request.urgency_reason.strip():
        gaps.append("urgency_reason")
    pending = (walked or walk_for(request)).pending
    # Without a patient the next question may hang on their age, which is not theirs to answer.
    if pending and not policy_of(request).facts[pending].administrative:
        gaps.append(pending)
    return tuple(gaps)


def one(found: QuerySet[M], id: uuid.UUID | str) -> M:
    """Return the row with this id. Raises the model's DoesNotExist, also for what is not an id."""
    return found.get(pk=as_id(id))


def as_id(id: uuid.UUID | str) -> uuid.UUID | None:
    """Return ``id`` as a UUID; None for what is not one."""
    try:
        return id if isinstance(id, uuid.UUID) else uuid.UUID(id)
    except (ValueError, AttributeError, TypeError):
        return None


def with_people(requests: QuerySet[Request]) -> QuerySet[Request]:
    """Read each request's patient, prescriber, plan and organization in the same query."""
    return requests.select_related("patient", "patient__plan", "prescriber", "plan", "organization")
