"""The provider's first page: what waits for them, drafts to go on with, and what was sent."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from pa_portal.determinations import actions as determination_actions
from pa_portal.determinations import queries as determinations
from pa_portal.determinations.models import Authorization
from pa_portal.intake.journey import Journey
from pa_portal.intake.views.common import SeeOther, provider_page, user_of
from pa_portal.submissions import actions, queries
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import State

SHOWN = 50


@provider_page
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """List the organization's drafts, requests that wait for information, open ones and decided ones."""
    sent = list(queries.requests_for(user_of(request))[: SHOWN + 1])
    return render(
        request,
        "intake/dashboard.html",
        {
            "at": "dashboard",
            "organization": user_of(request).organization,
            "drafts": queries.drafts_for(user_of(request))[:SHOWN],
            "pended": [item for item in sent if item.state == State.PENDED],
            "waiting": [item for item in sent if item.state == State.SUBMITTED],
            "decided": [item for item in sent if item.state in (State.APPROVED, State.DENIED, State.WITHDRAWN)],
            "expiring": determinations.expiring_for(user_of(request))[:SHOWN],
            "more": len(sent) > SHOWN,
        },
    )


@provider_page
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a draft and open its first page."""
    draft = actions.start_draft(by=user_of(request))
    return SeeOther(reverse("intake:details", args=[draft.id, "patient"]))


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
