"""What a provider can do about a decision: appeal it, take the appeal back, ask for a call."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pa_portal.accounts import identity
from pa_portal.accounts.models import Role
from pa_portal.determinations import actions
from pa_portal.determinations import queries as determinations
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import Appeal, Stage
from pa_portal.intake import deadlines, fields
from pa_portal.intake.forms import APPEAL_LOOKS, CALL_LOOKS, AppealForm, CallForm
from pa_portal.intake.views.common import (
    CONFLICT,
    INVALID,
    SeeOther,
    posted_version,
    provider_page,
    request_or_404,
    user_of,
)
from pa_portal.submissions.errors import NotAllowed, Stale
from pa_portal.submissions.models import Request, State


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, pk: UUID) -> HttpResponse:
    """File an appeal against the decision in force."""
    found = request_or_404(request, pk)
    if user_of(request).role != Role.PRESCRIBER:
        raise Http404
    if request.method != "POST" and determinations.appealable(found) is None:
        return redirect("intake:request", pk)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _draw_appeal(request, found, form)
    identity.require(request)
    try:
        actions.file_appeal(by=user_of(request), request_id=pk, version=posted_version(request), **form.cleaned_data)
    except ValidationError as error:
        _add_errors(form, error)
        return _draw_appeal(request, found, form)
    except (Stale, Conflict, NotAllowed) as refusal:
        return _draw_appeal(request, request_or_404(request, pk), form, refusal=str(refusal))
    messages.success(request, "The appeal is filed. The plan answers by letter.")
    return SeeOther(_page(pk))


def _draw_appeal(request: HttpRequest, found: Request, form: AppealForm, *, refusal: str = "") -> HttpResponse:
    assert found.plan is not None
    assert found.patient is not None
    context = {
        "boxes": (deadlines.box(found.plan, found.patient.line_of_business, Stage.APPEAL),),
        "appealed": determinations.appealable(found),
    }
    return _draw(request, found, "intake/appeal.html", form, APPEAL_LOOKS, context, refusal)


@provider_page
@require_POST
def withdraw_appeal(request: HttpRequest, pk: UUID, appeal_id: UUID) -> HttpResponse:
    """Take back an open appeal."""
    request_or_404(request, pk)
    try:
        if determinations.appeal_for(user_of(request), appeal_id).request_id != pk:
            raise Http404
        actions.withdraw_appeal(by=user_of(request), appeal_id=appeal_id)
    except Appeal.DoesNotExist:
        raise Http404 from None
    except (Conflict, NotAllowed) as refusal:
        messages.warning(request, str(refusal))
    return SeeOther(_page(pk))


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def peer_to_peer(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask for a call with one of the plan's clinicians."""
    found = request_or_404(request, pk)
    if found.state in (State.DRAFT, State.WITHDRAWN):
        return redirect("intake:request", pk)
    phone = found.prescriber.phone if found.prescriber else ""
    form = CallForm(request.POST if request.method == "POST" else None, initial={"phone": phone})
    if not form.is_valid():
        return _draw(request, found, "intake/peer_to_peer.html", form, CALL_LOOKS, {})
    try:
        actions.request_peer_to_peer(by=user_of(request), request_id=pk, **form.cleaned_data)
    except ValidationError as error:
        _add_errors(form, error)
        return _draw(request, found, "intake/peer_to_peer.html", form, CALL_LOOKS, {})
    except (Conflict, NotAllowed) as refusal:
        return _draw(request, found, "intake/peer_to_peer.html", form, CALL_LOOKS, {}, str(refusal))
    messages.success(request, "The call is asked for. The plan names a time.")
    return SeeOther(_page(pk))


def _draw(
    request: HttpRequest,
    found: Request,
    template: str,
    form: forms.Form,
    looks: dict[str, fields.Look],
    context: dict[str, Any],
    refusal: str = "",
) -> HttpResponse:
    views = fields.of_form(form, looks)
    problems = fields.problems(views, [str(text) for text in form.non_field_errors()])
    status = CONFLICT if refusal else INVALID if form.is_bound else 200
    return render(
        request,
        template,
        {"found": found, "fields": views, "problems": problems, "refusal": refusal, **context},
        status=status,
    )


def _add_errors(form: forms.Form, error: ValidationError) -> None:
    for name, said in error.message_dict.items():
        form.add_error(name if name in form.fields else None, said)


def _page(pk: UUID) -> str:
    return reverse("intake:request", args=[pk])
