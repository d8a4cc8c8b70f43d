"""The provider's first page: what waits for them, drafts to go on with, and what was sent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role
from pa_portal.intake.views.common import SeeOther
from pa_portal.submissions import actions, queries
from pa_portal.submissions.models import State

SHOWN = 50


@require_role(Role.PRESCRIBER)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """List the organization's drafts, requests that wait for information, open ones and decided ones."""
    sent = list(queries.requests_for(request.user)[: SHOWN + 1])
    return render(
        request,
        "intake/dashboard.html",
        {
            "at": "dashboard",
            "organization": request.user.organization,
            "drafts": queries.drafts_for(request.user)[:SHOWN],
            "pended": [item for item in sent if item.state == State.PENDED],
            "waiting": [item for item in sent if item.state == State.SUBMITTED],
            "decided": [item for item in sent if item.state in (State.APPROVED, State.DENIED, State.WITHDRAWN)],
            "more": len(sent) > SHOWN,
        },
    )


@require_role(Role.PRESCRIBER)
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Start a draft and open its first page."""
    draft = actions.start_draft(by=request.user)
    return SeeOther(reverse("intake:details", args=[draft.id, "patient"]))
