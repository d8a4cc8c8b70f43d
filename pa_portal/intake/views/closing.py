"""The end of the wizard: the outcome where the criteria are not met, check your answers, submit, and the receipt."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pa_portal.accounts import identity
from pa_portal.accounts.models import Role
from pa_portal.intake import documents, fields, helpers
from pa_portal.intake import outcome as outcomes
from pa_portal.intake.forms import RationaleForm
from pa_portal.intake.journey import Journey
from pa_portal.intake.pages import DETAILS
from pa_portal.intake.status import clock
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
from pa_portal.submissions import actions, queries
from pa_portal.submissions.attestation import MEANING
from pa_portal.submissions.errors import NotAllowed, NotReady, Stale
from pa_portal.submissions.models import State


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def outcome(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what stands in the way, and take the rationale for a clinical review."""
    draft = request_or_404(request, pk)
    if not draft.is_open:
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
    """Show every answer with a way to change it; sign and submit on POST. A second click leads to the same receipt."""
    user = user_of(request)
    try:
        found = request_or_404(request, pk)
    except Http404:
        made = queries.submission_of_correction(user, pk) if request.method == "POST" else None
        if made is None:
            raise
        return SeeOther(_receipt(made.request_id))
    if not found.is_open:
        return SeeOther(_receipt(pk)) if request.method == "POST" else redirect("intake:request", pk)
    journey = Journey.of(found)
    if request.method != "POST" or found.state == State.PENDED:
        return _draw_check(request, journey) if journey.complete else redirect(journey.next.url)
    identity.require(request)
    try:
        sent = actions.submit(by=user, request_id=pk, version=posted_version(request))
    except Stale:
        return _draw_check(request, Journey.of(request_or_404(request, pk)), status=CONFLICT)
    except NotReady:
        return SeeOther(journey.next.url)
    except NotAllowed as refusal:
        return _draw_check(request, journey, refusal=str(refusal), status=CONFLICT)
    return SeeOther(_receipt(sent.request_id))


@provider_page
@require_POST
def ready(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that a draft waits for the prescriber's signature alone."""
    found = request_or_404(request, pk)
    if found.state != State.DRAFT:
        return redirect("intake:request", pk)
    try:
        actions.mark_ready_to_sign(by=user_of(request), request_id=pk, version=posted_version(request))
    except Stale:
        return _draw_check(request, Journey.of(request_or_404(request, pk)), status=CONFLICT)
    except NotReady:
        return SeeOther(Journey.of(found).next.url)
    messages.success(
        request, f"{found.reference} is ready to sign. It stands at the top of your prescribers’ requests."
    )
    return SeeOther(reverse("intake:dashboard"))


def _draw_check(request: HttpRequest, journey: Journey, *, refusal: str = "", status: int = 200) -> HttpResponse:
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
        "complete": journey.complete,
        "pended": draft.state == State.PENDED,
        "signs": user_of(request).role == Role.PRESCRIBER,
        "attestation": MEANING,
        "documents": documents.of(draft, journey.walk),
        "differences": documents.changes(journey),
        "newer": queries.newer_version(draft),
        "refusal": refusal,
        "stale": status == CONFLICT and not refusal,
    }
    return draw_step(request, journey, "check", "", [], context, template="intake/check.html", status=status)


@provider_page
@require_safe
def submitted(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The receipt: the reference number and what happens next."""
    found = request_or_404(request, pk)
    if found.state == State.DRAFT:
        return redirect("intake:request", pk)
    return render(request, "intake/submitted.html", {"found": found, "clock": clock(user_of(request), pk)})


def _receipt(pk: UUID) -> str:
    return reverse("intake:submitted", args=[pk])
