"""The public check of the criteria: no sign-in, no cookie, nothing stored, nothing in an address."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from criteria.policy import Page
from pa_portal.intake import boxes, fields, kept, sheets
from pa_portal.intake import outcome as outcomes
from pa_portal.intake.fields import FieldView
from pa_portal.intake.helpers import Helper
from pa_portal.intake.inquiry import START, START_LOOKS, WAS, Inquiry
from pa_portal.intake.sheets import Sheet
from pa_portal.intake.views.common import INVALID
from pa_portal.intake.words import section


@csrf_exempt  # a forged post could do nothing: nothing is changed, and nothing is known of whoever asks
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Ask what a request would be asked, from the answers that the page brought along, and give the same verdict."""
    inquiry = Inquiry.of(request.POST)
    wanted, at = request.POST.get("go", ""), request.POST.get("at", "")
    if not wanted and (answer := _take(request, inquiry, at)):
        return answer
    if "confirmed" not in request.POST and (question := _ask_first(request, inquiry, at)):
        return question
    if request.method != "POST" or wanted == START:
        return _draw_start(request, inquiry)
    if page := inquiry.page(wanted):
        return _draw_page(request, inquiry, page, _stored(inquiry, page))
    if not inquiry.given:
        return _draw_start(request, inquiry, status=INVALID)
    if page := inquiry.next_page:
        return _draw_page(request, inquiry, page, _stored(inquiry, page))
    return _draw_result(request, inquiry)


@csrf_exempt
@require_POST
def page_boxes(request: HttpRequest) -> HttpResponse:
    """What follows from the page as it stands in the form."""
    inquiry = Inquiry.of(request.POST)
    page = inquiry.page(request.POST.get("at", ""))
    found: tuple[boxes.Box, ...] = ()
    if page is not None:
        sheet = sheets.read(inquiry.policy, page.facts, request.POST)
        found = boxes.of(inquiry.policy, page.facts, {**inquiry.path.walk.facts, **sheet.answers}, sheet.worked)
    return render(request, "intake/boxes.html", {"boxes": found})


def _take(request: HttpRequest, inquiry: Inquiry, at: str) -> HttpResponse | None:
    """The page again, if it was not filled in as it should be, or was to work something out; else None."""
    page = inquiry.page(at)
    if page is None:
        return None
    sheet = sheets.read(inquiry.policy, inquiry.shown(page), request.POST)
    if "work_out" in request.POST or "stay" in request.POST:
        return _draw_page(request, inquiry, page, sheet, status=INVALID if sheet.errors else 200)
    errors = {**sheets.missing(inquiry.path.decision, sheet), **sheet.errors}
    if page is inquiry.regimen_page:
        errors |= sheets.empty(inquiry.policy, sheet)
    return _draw_page(request, inquiry, page, replace(sheet, errors=errors), status=INVALID) if errors else None


def _ask_first(request: HttpRequest, inquiry: Inquiry, at: str) -> HttpResponse | None:
    """Say which answers a change on the page ``at`` sets aside, and ask; None when it sets none aside."""
    page = inquiry.page(at)
    if not inquiry.given or not (page or at == START):
        return None
    names = page.facts if page else tuple(inquiry.start.fields)
    before = Inquiry.earlier(request.POST, names)
    set_aside = [name for name in before.would_set_aside(inquiry) if name not in names]
    if not set_aside:
        return None
    facts = inquiry.policy.facts
    labels = ", ".join(facts[name].label for name in names if name in inquiry.answers)
    return render(
        request,
        "intake/public_confirm.html",
        {
            "at": at,
            "changed": f"“{labels}”" if page else "the type of request or the age",
            "set_aside": [(facts[name].label, facts[name].say(before.answers[name])) for name in set_aside],
            "typed": kept.pairs(request.POST),
            "earlier": list(before.hidden()),
        },
        status=INVALID,
    )


def _stored(inquiry: Inquiry, page: Page) -> Sheet:
    return sheets.stored(inquiry.policy, inquiry.shown(page), inquiry.answers)


def _draw_start(request: HttpRequest, inquiry: Inquiry, *, status: int = 200) -> HttpResponse:
    form = inquiry.start
    if status != INVALID and form.is_bound:
        form = type(form)(policy=inquiry.policy, initial=form.data)
    views = fields.of_form(form, START_LOOKS)
    hidden = [*inquiry.hidden(without=form.fields), *_was(request, inquiry, form.fields, START)]
    return _draw(request, inquiry, "start", views, hidden, {"policy": inquiry.policy}, status=status)


def _was(request: HttpRequest, inquiry: Inquiry, names: Collection[str], at: str) -> list[tuple[str, str]]:
    """What the page's fields held when it was opened: it still shows that if it comes back to be put right."""
    if request.POST.get("at") == at and "go" not in request.POST:
        return [(name, value) for name, value in kept.pairs(request.POST) if name.startswith(WAS)]
    return list(inquiry.was(names))


def _draw_page(request: HttpRequest, inquiry: Inquiry, page: Page, sheet: Sheet, *, status: int = 200) -> HttpResponse:
    policy, shown = inquiry.policy, inquiry.shown(page)
    views = sheets.draw(policy, shown, sheet)
    slugs = [START, *(other.id for other in inquiry.pages)]
    context: dict[str, Any] = {
        "page": page,
        "cite": section(page.cite),
        "back": slugs[slugs.index(page.id) - 1],
        "panel": inquiry.path.panel,
        "just_closed": inquiry.path.just_closed if inquiry.next_page is page else (),
        "still_open": inquiry.path.still_open,
    }
    if boxes.are_on(policy, shown):
        name, button = ("work_out", "Work out") if sheets.way_on(policy, shown) else ("stay", "Show what follows")
        context["helper"] = Helper(reverse("public:boxes"), "intake/boxes.html", button, name)
        context["boxes"] = boxes.of(policy, shown, {**inquiry.path.walk.facts, **sheet.answers}, sheet.worked)
    hidden = [*inquiry.hidden(without=shown), *_was(request, inquiry, shown, page.id)]
    return _draw(request, inquiry, "page", views, hidden, context, status=status)


def _draw_result(request: HttpRequest, inquiry: Inquiry) -> HttpResponse:
    context = {
        "outcome": outcomes.of(inquiry.path),
        "panel": inquiry.path.panel,
        "policy": inquiry.policy,
        "today": inquiry.today,
        "age": inquiry.start.cleaned_data["age"],
    }
    return _draw(request, inquiry, "result", (), inquiry.hidden(), context)


def _draw(
    request: HttpRequest,
    inquiry: Inquiry,
    name: str,
    views: Iterable[FieldView],
    hidden: Iterable[tuple[str, str]],
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    views = list(views)
    facts = inquiry.policy.facts
    answered = [
        (page, facts[fact].label, facts[fact].say(inquiry.answers[fact]))
        for page in inquiry.pages
        for fact in inquiry.shown(page)
        if fact in inquiry.answers
    ]
    stored = inquiry.path.walk.set_aside if inquiry.given else ()
    set_aside = [fact for fact in stored if fact not in inquiry.standing]
    return render(
        request,
        f"intake/public_{name}.html",
        {
            "fields": views,
            "problems": fields.problems(views) if status == INVALID else [],
            "hidden": list(hidden),
            "answered": answered,
            "set_aside": [(facts[fact].label, facts[fact].say(inquiry.answers[fact])) for fact in set_aside],
            "renewal": inquiry.renewal,
            **context,
        },
        status=status,
    )
