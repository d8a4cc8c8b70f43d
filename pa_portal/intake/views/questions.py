"""The clinical pages of the wizard: walked by the engine, so that a page appears only while it can matter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from criteria.policy import Page
from pa_portal.intake import boxes, sheets
from pa_portal.intake.helpers import Helper
from pa_portal.intake.journey import Journey
from pa_portal.intake.sheets import Sheet
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
from pa_portal.submissions import actions
from pa_portal.submissions.errors import Stale


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, pk: UUID, slug: str) -> HttpResponse:
    """Show one clinical page, or save it and go on. A page whose answers cannot matter any more is not shown."""
    draft = request_or_404(request, pk, ("patient",))
    journey = Journey.of(draft)
    page = next((page for page in journey.policy.pages if page.id == slug), None)
    if page is None:
        raise Http404
    if not draft.is_open:
        typed = sheets.read(journey.policy, page.facts, request.POST)
        return draw_closed(request, draft, sheets.draw(journey.policy, page.facts, typed))
    if request.method == "POST":
        return _save(request, journey, page)
    shown = journey.shown(page)
    if not shown:
        return redirect(journey.next.url)
    return _draw(request, journey, page, sheets.stored(journey.policy, shown, draft.answers))


def _save(request: HttpRequest, journey: Journey, page: Page) -> HttpResponse:
    draft, version = journey.draft, posted_version(request)
    shown = journey.shown(page)
    current = version == draft.version
    # a stale tab's questions count as that tab showed them, so that nothing typed there goes unseen
    posted = [name for name in page.facts if sheets.was_posted(request.POST, name)]
    sheet = sheets.read(journey.policy, shown if current else posted, request.POST)
    if current and not shown:
        return SeeOther(journey.next.url)
    if "work_out" in request.POST:
        return _draw(request, journey, page, sheet, status=INVALID if sheet.errors else 200)
    would_be = journey.supposing(answers=sheet.answers)
    errors = {**sheets.missing(would_be.decision, sheet), **sheet.errors}
    if errors:
        return _draw(request, journey, page, replace(sheet, errors=errors), status=INVALID)
    if current and "confirmed" not in request.POST and journey.would_set_aside(would_be):
        labels = ", ".join(journey.policy.facts[name].label for name in shown)
        return draw_confirm(request, journey, would_be, back_url=journey.question_url(page), changed=f"“{labels}”")
    try:
        draft = actions.save_answers(
            by=user_of(request), request_id=draft.id, version=version, answers=dict(sheet.answers)
        )
    except Stale:
        return _draw(request, Journey.of(request_or_404(request, draft.id)), page, sheet, status=CONFLICT)
    after = Journey.of(draft)
    return SeeOther(after.question_url(page) if "stay" in request.POST else after.next.url)


def _draw(request: HttpRequest, journey: Journey, page: Page, sheet: Sheet, *, status: int = 200) -> HttpResponse:
    policy, answers = journey.policy, journey.draft.answers
    shown = journey.shown(page)
    views = sheets.draw(policy, shown, sheet, saved=answers if status == CONFLICT else None)
    dropped = [
        {"label": policy.facts[name].label, "answer": policy.facts[name].say(value)}
        for name, value in sheet.answers.items()
        if name not in shown and value is not None
    ]
    context = {
        "heading": page.title,
        "why": page.why,
        "cite": section(page.cite),
        "groups": [{"heading": "", "rows": [[view] for view in views]}],
        "no_longer_asked": dropped,
        "just_closed": journey.just_closed if journey.pending_page is page else (),
        "still_open": journey.still_open,
        **_helper(journey, page, shown, sheet),
    }
    return draw_step(request, journey, "question", page.id, views, context, status=status)


def _helper(journey: Journey, page: Page, shown: tuple[str, ...], sheet: Sheet) -> dict[str, Any]:
    policy = journey.policy
    if not boxes.are_on(policy, shown):
        return {}
    url = reverse("intake:boxes", args=[journey.draft.id, page.id])
    # numbers given in another way are not kept as they were typed, so showing them must not save
    name, button = ("work_out", "Work out") if sheets.way_on(policy, shown) else ("stay", "Save and show what follows")
    return {
        "helper": Helper(url, "intake/boxes.html", button, name),
        "boxes": boxes.of(policy, shown, {**journey.walk.facts, **sheet.answers}, sheet.worked),
    }
