"""The administrative pages of the wizard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pa_portal.intake import fields
from pa_portal.intake.journey import Journey
from pa_portal.intake.pages import BY_SLUG, DetailsPage, forget_prescribers, prepare
from pa_portal.intake.views.common import (
    CONFLICT,
    INVALID,
    SeeOther,
    draw_closed,
    draw_confirm,
    draw_step,
    posted_version,
    provider_page,
    request_or_404,
    user_of,
)
from pa_portal.intake.words import section
from pa_portal.submissions.errors import Stale
from pa_portal.submissions.models import LineOfBusiness, Request


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, pk: UUID, slug: str) -> HttpResponse:
    """Show one administrative page, or save it and go to the first page that is not complete."""
    page = BY_SLUG.get(slug)
    if page is None:
        raise Http404
    draft = request_or_404(request, pk, page.people)
    journey = Journey.of(draft)
    if not draft.is_open:
        form = _form(page, journey, _chosen_match(request))
        return draw_closed(request, draft, fields.of_form(form, page.looks))
    if request.method != "POST":
        return _draw(request, journey, page, _form(page, journey))
    return _save(request, journey, page)


def _save(request: HttpRequest, journey: Journey, page: DetailsPage) -> HttpResponse:
    draft, version = journey.draft, posted_version(request)
    form = _form(page, journey, _chosen_match(request))
    if not form.is_valid():
        return _draw(request, journey, page, form, status=INVALID)
    born = form.cleaned_data.get("date_of_birth")
    if born is not None and version == draft.version and "confirmed" not in request.POST:
        would_be = journey.supposing(given={"date_of_birth": born.isoformat()})
        if journey.would_set_aside(would_be):
            return draw_confirm(request, journey, would_be, changed="the date of birth", back_url=_url(journey, page))
    try:
        draft = page.save(by=user_of(request), request_id=draft.id, version=version, data=form.cleaned_data)
    except Stale:
        return _draw(request, Journey.of(request_or_404(request, draft.id)), page, form, status=CONFLICT)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            form.add_error(name if name in form.fields else None, messages)
        return _draw(request, journey, page, form, status=INVALID)
    if page.slug == "prescriber":
        forget_prescribers(user_of(request))
    after = Journey.of(draft)
    prepare(user_of(request), draft, after.next)
    return SeeOther(_url(after, page) if _stays(request, page, draft) else after.next.url)


def _stays(request: HttpRequest, page: DetailsPage, draft: Request) -> bool:
    """Whether the page shows again: when asked to, and so that nobody goes past what is said of Medicare members."""
    unseen = draft.patient is not None and draft.patient.line_of_business == LineOfBusiness.MEDICARE
    return "stay" in request.POST or (page.slug == "patient" and unseen and "medicare_seen" not in request.POST)


def _draw(
    request: HttpRequest, journey: Journey, page: DetailsPage, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    saved = _saved_meanwhile(page, journey, form) if status == CONFLICT else {}
    views = {view.name: view for view in fields.of_form(form, page.looks, saved)}
    groups = [
        {"heading": heading, "rows": [[views[name] for name in row] for row in rows]} for heading, rows in page.layout
    ]
    context: dict[str, Any] = {
        "heading": page.title,
        "why": page.why,
        "cite": section(page.cite(journey.policy)),
        "groups": groups,
        "views": views,
        **page.extras(user_of(request), journey.draft, journey.policy, form),
    }
    return draw_step(
        request, journey, "details", page.slug, views.values(), context, template=page.template, status=status
    )


def _form(page: DetailsPage, journey: Journey, data: Mapping[str, Any] | None = None) -> forms.Form:
    """The page's form: bound to what was posted, or filled from the draft."""
    options = page.options(journey.draft, journey.policy, data is not None)
    return page.form(data, initial=page.initial(journey.draft), **options)


def _chosen_match(request: HttpRequest) -> Mapping[str, Any]:
    """What was posted; a code picked from a search's matches takes the place of the words searched by."""
    if not request.POST.get("match"):
        return request.POST
    data = request.POST.copy()
    data["diagnosis_code"] = request.POST["match"]
    return data


def _saved_meanwhile(page: DetailsPage, journey: Journey, form: forms.Form) -> dict[str, str]:
    """What is saved now, in words, for each field in which something else was typed."""
    saved = {view.name: view for view in fields.of_form(_form(page, journey), page.looks)}
    typed = {view.name: view for view in fields.of_form(form, page.looks)}
    return {name: view.said for name, view in saved.items() if view.said and view.said != typed[name].said}


def _url(journey: Journey, page: DetailsPage) -> str:
    return reverse("intake:details", args=[journey.draft.id, page.slug])
