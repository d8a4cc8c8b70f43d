"""Parts of pages that refresh while numbers are typed: posted, so that no number stands in an address; not saved."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role
from pa_portal.intake import fields, helpers
from pa_portal.intake.fields import FieldError
from pa_portal.intake.forms import TreatmentForm
from pa_portal.intake.journey import Journey
from pa_portal.intake.pages import dose_context
from pa_portal.intake.views.common import request_or_404


@require_role(Role.PRESCRIBER)
@require_POST
def dose(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The dose for the height and weight as they stand in the form."""
    journey = Journey.of(request_or_404(request, pk))
    return render(request, "intake/helper_dose.html", dose_context(journey.policy, TreatmentForm(request.POST)))


@require_role(Role.PRESCRIBER)
@require_POST
def her2(request: HttpRequest, pk: UUID) -> HttpResponse:
    """HER2 group and status for the numbers as they stand in the form, with the answers of earlier pages."""
    journey = Journey.of(request_or_404(request, pk))
    policy = journey.policy
    rule = helpers.her2_rule_on(policy, tuple(policy.facts))
    if rule is None:
        raise Http404
    answers = dict(journey.walk.facts)
    for name in rule.names:
        fact = policy.facts[name]
        typed = fields.typed_from_post(fact, request.POST)
        if name in request.POST:
            try:
                answers[name] = fields.read(fact, typed)
            except FieldError:
                answers[name] = None
    return render(request, "intake/helper_her2.html", {"her2": helpers.her2_of(rule, answers)})
