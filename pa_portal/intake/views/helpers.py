"""Parts of pages that refresh while numbers are typed: posted, so that no number stands in an address; not saved."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from pa_portal.intake import boxes, fields, sheets
from pa_portal.intake.forms import PATIENT_LOOKS, PatientForm, TreatmentForm
from pa_portal.intake.journey import Journey
from pa_portal.intake.pages import dose_context, medicare_context
from pa_portal.intake.views.common import provider_page, request_or_404


@provider_page
@require_POST
def dose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The dose for the height and weight as they stand in the form."""
    journey = Journey.of(request_or_404(request, pk))
    return render(request, "intake/helper_dose.html", dose_context(journey.policy, TreatmentForm(request.POST)))


@provider_page
@require_POST
def medicare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is said of a Medicare member, for the line of business and state as they stand in the form."""
    journey = Journey.of(request_or_404(request, pk, ("patient",)))
    form = PatientForm(initial=request.POST.dict(), policy=journey.policy)
    views = {view.name: view for view in fields.of_form(form, PATIENT_LOOKS)}
    return render(request, "intake/helper_medicare.html", {"views": views, **medicare_context(journey.policy, form)})


@provider_page
@require_POST
def page_boxes(request: HttpRequest, pk: UUID, slug: str) -> HttpResponse:
    """What follows from a clinical page as it stands in the form, with the answers of earlier pages."""
    journey = Journey.of(request_or_404(request, pk, ("patient",)))
    page = next((page for page in journey.policy.pages if page.id == slug), None)
    if page is None:
        raise Http404
    sheet = sheets.read(journey.policy, page.facts, request.POST)
    facts = {**journey.walk.facts, **sheet.answers}
    return render(request, "intake/boxes.html", {"boxes": boxes.of(journey.policy, page.facts, facts, sheet.worked)})
