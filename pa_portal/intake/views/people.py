"""Known patients and prescribers: found, and taken into a request, so that nothing is typed twice.

A search is posted, so that no name stands in an address.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pa_portal.accounts.models import Role
from pa_portal.audit import acting
from pa_portal.intake import fields, pages
from pa_portal.intake.forms import PRESCRIBER_LOOKS, PrescriberForm
from pa_portal.intake.pages import forget_prescribers
from pa_portal.intake.views.common import (
    INVALID,
    SeeOther,
    draw_closed,
    posted_version,
    provider_page,
    request_or_404,
    user_of,
)
from pa_portal.submissions import actions, queries
from pa_portal.submissions.errors import Stale
from pa_portal.submissions.models import Patient, Prescriber, Request

SHOWN = 25


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def patients(request: HttpRequest) -> HttpResponse:
    """Find a patient of the practice, to start a request for."""
    return _draw_patients(request, None)


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def find_patient(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Find a patient of the practice, to take into a draft."""
    draft = request_or_404(request, pk, ("patient",))
    if not draft.is_open:
        return redirect("intake:request", pk)
    return _draw_patients(request, draft)


def _draw_patients(request: HttpRequest, draft: Request | None) -> HttpResponse:
    search = request.POST.get("search", "").replace("\x00", " ").strip()[:100]
    found = list(queries.patients_for(user_of(request), search)[: SHOWN + 1]) if search else []
    acting.shown(found[:SHOWN], Patient)
    page = _patient_page(draft.pk) if draft else reverse("intake:dashboard")
    return render(
        request,
        "intake/patients.html",
        {
            "draft": draft,
            "action": request.path,
            "search": search,
            "searched": bool(search),
            "found": found[:SHOWN],
            "more": len(found) > SHOWN,
            "back_url": page,
            "back_label": "Back" if draft else "Requests",
        },
    )


@provider_page
@require_POST
def use_patient(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a known patient into a draft, and show the page to be checked: coverage changes."""
    draft = request_or_404(request, pk, ("patient",))
    if not draft.is_open:
        return draw_closed(request, draft)
    try:
        actions.save_patient(
            by=user_of(request),
            request_id=pk,
            version=posted_version(request),
            data={},
            patient_id=request.POST.get("patient", ""),
        )
    except Patient.DoesNotExist:
        raise Http404 from None
    except (Stale, ValidationError) as refusal:
        messages.warning(request, " ".join(getattr(refusal, "messages", [str(refusal)])))
    return SeeOther(_patient_page(pk))


@provider_page
@require_POST
def use_prescriber(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a prescriber's profile into a draft, and show the page to be checked."""
    draft = request_or_404(request, pk, ("prescriber",))
    if not draft.is_open:
        return draw_closed(request, draft)
    try:
        actions.save_prescriber(
            by=user_of(request),
            request_id=pk,
            version=posted_version(request),
            data={},
            prescriber_id=request.POST.get("prescriber", ""),
        )
    except Prescriber.DoesNotExist:
        raise Http404 from None
    except Stale as refusal:
        messages.warning(request, str(refusal))
    return SeeOther(reverse("intake:details", args=[pk, "prescriber"]))


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """A prescriber's own profile, which fills in their next requests."""
    user = user_of(request)
    if user.role != Role.PRESCRIBER:
        raise Http404
    initial = pages.profile_of(user)
    form = PrescriberForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            actions.save_profile(by=user, data=form.cleaned_data)
        except ValidationError as error:
            for name, said in error.message_dict.items():
                form.add_error(name if name in form.fields else None, said)
        else:
            forget_prescribers(user)
            messages.success(request, "Your profile is saved. It fills in your next requests.")
            return SeeOther(reverse("intake:dashboard"))
    views = {view.name: view for view in fields.of_form(form, PRESCRIBER_LOOKS)}
    problems = fields.problems(views.values(), [str(text) for text in form.non_field_errors()])
    groups = [
        {"heading": heading, "rows": [[views[name] for name in row] for row in rows]}
        for heading, rows in pages.BY_SLUG["prescriber"].layout
    ]
    return render(
        request,
        "intake/profile.html",
        {"groups": groups, "problems": problems},
        status=INVALID if form.is_bound else 200,
    )


def _patient_page(pk: UUID) -> str:
    return reverse("intake:details", args=[pk, "patient"])
