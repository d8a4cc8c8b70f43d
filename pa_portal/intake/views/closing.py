"""The end of the wizard: the outcome where the criteria are not met, check your answers, submit, and the receipt."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from pa_portal.intake import fields, helpers
from pa_portal.intake import outcome as outcomes
from pa_portal.intake.forms import RationaleForm
from pa_portal.intake.journey import Journey
from pa_portal.intake.pages import DETAILS
from pa_portal.intake.views.common import (
    CONFLICT,
    INVALID,
    SeeOther,
    draw_closed,
    draw_step,
    posted_version,
    provider_page,
    request_or_404,
    user_of,
)
from pa_portal.submissions import actions
from pa_portal.submissions.errors import NotReady, Stale
from pa_portal.submissions.models import State


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def outcome(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what stands in the way, and take the rationale for a clinical review."""
    draft = request_or_404(request, pk)
    if draft.state != State.DRAFT:
        return draw_closed(request, draft, fields.of_form(RationaleForm(request.POST), {}))
    journey = Journey.of(draft)
    if not journey.needs_rationale:
        return redirect(journey.next.url)
    if request.method != "POST":
        form = RationaleForm(initial={"clinical_rationale": draft.clinical_rationale})
        return _draw_outcome(request, journey, form)
    form = RationaleForm(request.POST)
    if posted_version(request) != draft.version:
        return _draw_outcome(request, journey, form, status=CONFLICT)
    if not form.is_valid():
        return _draw_outcome(request, journey, form, status=INVALID)
    try:
        draft = actions.save_rationale(
            by=user_of(request), request_id=draft.id, version=draft.version, data=form.cleaned_data
        )
    except Stale:
        return _draw_outcome(request, Journey.of(request_or_404(request, pk)), form, status=CONFLICT)
    return SeeOther(Journey.of(draft).next.url)


def _draw_outcome(request: HttpRequest, journey: Journey, form: RationaleForm, *, status: int = 200) -> HttpResponse:
    saved = journey.draft.clinical_rationale
    typed = str(form["clinical_rationale"].value() or "")
    current = {"clinical_rationale": saved} if status == CONFLICT and saved and saved != typed else {}
    views = fields.of_form(form, {}, current)
    context = {"outcome": outcomes.of(journey), "fields": views}
    return draw_step(request, journey, "outcome", "", views, context, template="intake/outcome.html", status=status)


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show every answer with a way to change it; submit on POST. A repeated submission leads to the same receipt."""
    found = request_or_404(request, pk)
    if found.state != State.DRAFT:
        return SeeOther(_receipt(pk)) if request.method == "POST" else redirect("intake:request", pk)
    journey = Journey.of(found)
    if request.method != "POST":
        return _draw_check(request, journey) if journey.complete else redirect(journey.next.url)
    try:
        actions.submit(by=user_of(request), request_id=pk, version=posted_version(request))
    except Stale:
        return _draw_check(request, Journey.of(request_or_404(request, pk)), status=CONFLICT)
    except NotReady:
        return SeeOther(journey.next.url)
    return SeeOther(_receipt(pk))


def _draw_check(request: HttpRequest, journey: Journey, *, status: int = 200) -> HttpResponse:
    draft, policy = journey.draft, journey.policy
    details = [
        (stop, [(label, value) for label, value in page.summary(draft, policy)])
        for stop, page in zip(journey.details, DETAILS, strict=True)
    ]
    answers = [
        (journey.page_of(name), policy.facts[name].label, policy.facts[name].say(journey.walk.facts[name]))
        for name in journey.walk.asked
    ]
    set_aside = [
        (policy.facts[name].label, policy.facts[name].say(draft.answers[name])) for name in journey.walk.set_aside
    ]
    context: dict[str, Any] = {
        "outcome": outcomes.of(journey),
        "details": details,
        "answers": answers,
        "set_aside": set_aside,
        "dose": helpers.dose_of(policy, draft.height_cm, draft.weight_kg),
        "policy": policy,
        "not_covered": draft.diagnosis_code not in policy.diagnoses,
        "can_submit": journey.complete,
    }
    return draw_step(request, journey, "check", "", [], context, template="intake/check.html", status=status)


@provider_page
@require_safe
def submitted(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The receipt: the reference number and what happens next."""
    found = request_or_404(request, pk)
    if found.state == State.DRAFT:
        return redirect("intake:request", pk)
    return render(request, "intake/submitted.html", {"found": found})


def _receipt(pk: UUID) -> str:
    return reverse("intake:submitted", args=[pk])
