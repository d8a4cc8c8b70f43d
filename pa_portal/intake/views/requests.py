"""One request as a whole: the steps of a draft, the status of what was sent, and leaving either."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from pa_portal.determinations import actions as determinations
from pa_portal.intake import fields, status
from pa_portal.intake.forms import ResponseForm
from pa_portal.intake.journey import Journey
from pa_portal.intake.views.common import (
    CONFLICT,
    INVALID,
    SeeOther,
    posted_version,
    provider_page,
    request_or_404,
    user_of,
)
from pa_portal.submissions import actions
from pa_portal.submissions.errors import NotAllowed, NotReady, Stale
from pa_portal.submissions.models import Request, State


@provider_page
@require_safe
def request_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A draft's list of steps; for anything sent, where it stands and what can be done."""
    found = request_or_404(request, pk)
    if found.state == State.DRAFT:
        journey = Journey.of(found)
        return render(
            request,
            "intake/steps.html",
            {"draft": found, "journey": journey, "panel": journey.panel, "policy": journey.policy},
        )
    return _draw_status(request, found, ResponseForm())


def _draw_status(request: HttpRequest, found: Request, form: ResponseForm, *, code: int = 200) -> HttpResponse:
    views = fields.of_form(form, {})
    return render(
        request,
        "intake/request.html",
        {
            "found": found,
            "view": status.of(user_of(request), found),
            "fields": views,
            "problems": fields.problems(views) if code == INVALID else [],
            "stale": code == CONFLICT,
        },
        status=code,
    )


@provider_page
@require_http_methods(["POST"])
def respond(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send the answer to a request for information."""
    found = request_or_404(request, pk)
    form = ResponseForm(request.POST)
    if not form.is_valid():
        return _draw_status(request, found, form, code=INVALID)
    try:
        determinations.respond_to_pend(
            by=user_of(request), request_id=pk, version=posted_version(request), response=form.cleaned_data["response"]
        )
    except (ValidationError, NotReady) as error:
        form.add_error("response", getattr(error, "messages", [str(error)])[0])
        return _draw_status(request, found, form, code=INVALID)
    except (Stale, NotAllowed):
        return _draw_status(request, request_or_404(request, pk), form, code=CONFLICT)
    return SeeOther(_page(pk))


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask, then discard a draft."""
    found = request_or_404(request, pk)
    if found.state != State.DRAFT:
        return redirect("intake:request", pk)
    if request.method == "POST":
        try:
            actions.discard_draft(by=user_of(request), request_id=pk, version=posted_version(request))
        except (Stale, NotAllowed):
            return _draw_leave(request, request_or_404(request, pk), "discard", code=CONFLICT)
        return SeeOther(reverse("intake:dashboard"))
    return _draw_leave(request, found, "discard")


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask, then withdraw a request that was sent and not decided."""
    found = request_or_404(request, pk)
    if found.state not in (State.SUBMITTED, State.PENDED):
        return redirect("intake:request", pk)
    if request.method == "POST":
        try:
            actions.withdraw(by=user_of(request), request_id=pk, version=posted_version(request))
        except (Stale, NotAllowed):
            return _draw_leave(request, request_or_404(request, pk), "withdraw", code=CONFLICT)
        return SeeOther(_page(pk))
    return _draw_leave(request, found, "withdraw")


def _draw_leave(request: HttpRequest, found: Request, move: str, *, code: int = 200) -> HttpResponse:
    return render(request, "intake/leave.html", {"found": found, "move": move, "stale": code == CONFLICT}, status=code)


def _page(pk: UUID) -> str:
    return reverse("intake:request", args=[pk])
