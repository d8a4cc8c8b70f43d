"""The provider's first page: what waits for them, drafts to go on with, and what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from pa_portal.accounts.models import Role, User
from pa_portal.audit import acting
from pa_portal.determinations import actions as determination_actions
from pa_portal.determinations import queries as determinations
from pa_portal.determinations.models import Authorization, Determination
from pa_portal.intake.journey import Journey
from pa_portal.intake.pages import prepare
from pa_portal.intake.views.common import SeeOther, provider_page, user_of
from pa_portal.submissions import actions, queries
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Patient, Request, State

SHOWN = 50
DECIDED = (State.APPROVED, State.DENIED, State.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Card:
    """One request on a list: what its link says and where it leads. ``asked`` is the plan's open question, if any."""

    request: Request
    action: str
    url: str
    asked: Determination | None = None


@provider_page
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """List what waits for the practice, its drafts, what is with the plan, and what was decided."""
    user = user_of(request)
    drafts = list(queries.drafts_for(user)[: SHOWN + 1])
    every = determinations.with_unread(user, determinations.with_clock(queries.requests_for(user)))
    sent = list(every[: SHOWN + 1])
    pended = [item for item in sent if item.state == State.PENDED]
    prefetch_related_objects(pended, "determinations")
    expiring = list(_expiring(user))
    acting.shown([item.pk for item in (*drafts, *sent)] + [each.request_id for each, _ in expiring], Request)
    signs = user.role == Role.PRESCRIBER
    return render(
        request,
        "intake/dashboard.html",
        {
            "at": "dashboard",
            "organization": user.organization,
            "signs": signs,
            "ready": [
                Card(item, "Read and sign" if signs else "View", reverse("intake:check", args=[item.pk]))
                for item in sorted(drafts, key=lambda item: item.ready_to_sign_at or item.created_at)
                if item.ready_to_sign_at
            ],
            "drafts": _cards((item for item in drafts if not item.ready_to_sign_at), "Continue"),
            "news": [
                Card(item, "Read", f"{_page(item)}#messages")
                for item in every.filter(pk__in=determinations.unread(user).values("request"))[:SHOWN]
                if item.state != State.PENDED
            ],
            "pended": [
                Card(item, "Respond" if signs else "View", _page(item), max(item.determinations.all(), key=_number))
                for item in pended
            ],
            "waiting": _cards((item for item in sent if item.state == State.SUBMITTED), "View"),
            "decided": _cards((item for item in sent if item.state in DECIDED), "View"),
            "expiring": expiring,
            "more": len(sent) > SHOWN or len(drafts) > SHOWN,
        },
    )


def _expiring(user: User) -> Iterator[tuple[Authorization, Request | None]]:
    """The authorizations to renew, each with the renewal that is on its way; those already renewed are left out."""
    due = list(determinations.expiring_for(user)[:SHOWN])
    renewals = queries.renewals_for(user, [each.pk for each in due])
    for each in due:
        renewal = renewals.get(each.pk)
        if renewal is None or renewal.state == State.DENIED:
            yield each, None
        elif renewal.state != State.APPROVED:
            yield each, renewal


def _cards(items: Iterable[Request], action: str) -> list[Card]:
    return [Card(item, action, _page(item)) for item in items]


def _page(item: Request) -> str:
    return reverse("intake:request", args=[item.pk])


def _number(determination: Determination) -> int:
    return determination.number


@provider_page
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a draft, for a known patient if one was chosen, and open its first page."""
    try:
        draft = actions.start_draft(by=user_of(request), patient_id=request.POST.get("patient") or None)
    except Patient.DoesNotExist:
        raise Http404 from None
    first = Journey.of(draft).beginning
    prepare(user_of(request), draft, first)
    return SeeOther(first.url)


@provider_page
@require_POST
def renew(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Start the renewal of an authorization, or go on with the one that was started."""
    try:
        draft = determination_actions.start_renewal(by=user_of(request), authorization_id=pk)
    except Authorization.DoesNotExist:
        raise Http404 from None
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return SeeOther(reverse("intake:dashboard"))
    return SeeOther(Journey.of(draft).next.url)
