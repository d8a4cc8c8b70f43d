"""The clinical pages of the wizard: walked by the engine, so that a page appears only while it can matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from criteria.policy import Page, Policy
from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role
from pa_portal.intake import fields, helpers
from pa_portal.intake.fields import FieldError, FieldView, Typed
from pa_portal.intake.journey import Journey
from pa_portal.intake.views.common import (
    CONFLICT,
    INVALID,
    SeeOther,
    draw_closed,
    draw_confirm,
    draw_step,
    posted_version,
    request_or_404,
    user_of,
)
from pa_portal.intake.words import section
from pa_portal.submissions import actions
from pa_portal.submissions.errors import Stale
from pa_portal.submissions.models import State


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page's answers as posted: what was typed, what it means, and what is wrong with it, by fact."""

    typed: Mapping[str, Typed]
    answers: Mapping[str, Any]
    errors: Mapping[str, str]


@require_role(Role.PRESCRIBER)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, pk: UUID, slug: str) -> HttpResponse:
    """Show one clinical page, or save it and go on. A page whose answers cannot matter any more is not shown."""
    draft = request_or_404(request, pk, ("patient",))
    journey = Journey.of(draft)
    facts = journey.policy.facts
    page = next((page for page in journey.policy.pages if page.id == slug), None)
    if page is None:
        raise Http404
    if draft.state != State.DRAFT:
        return draw_closed(
            request,
            draft,
            [fields.of_fact(facts[name], fields.typed_from_post(facts[name], request.POST)) for name in page.facts],
        )
    if request.method == "POST":
        return _save(request, journey, page)
    shown = _shown(journey, page)
    if not shown:
        return redirect(journey.next.url)
    stored = {name: fields.typed_from_answer(facts[name], draft.answers.get(name)) for name in shown}
    return _draw(request, journey, page, Sheet(stored, {}, {}))


def _save(request: HttpRequest, journey: Journey, page: Page) -> HttpResponse:
    draft, version = journey.draft, posted_version(request)
    posted = [name for name in page.facts if _was_posted(request, name)]
    shown = _shown(journey, page)
    current = version == draft.version
    # a stale tab's questions count as that tab showed them, so that nothing typed there goes unseen
    sheet = _read(request, journey.policy, shown if current else posted)
    if current and not shown:
        return SeeOther(journey.next.url)
    would_be = journey.supposing(answers=sheet.answers)
    errors = {**_missing(would_be, sheet), **sheet.errors}
    if errors:
        return _draw(request, journey, page, Sheet(sheet.typed, sheet.answers, errors), status=INVALID)
    if current and "confirmed" not in request.POST and journey.would_set_aside(would_be):
        labels = ", ".join(journey.policy.facts[name].label for name in shown)
        return draw_confirm(request, journey, would_be, back_url=_url(journey, page), changed=f"“{labels}”")
    try:
        draft = actions.save_answers(
            by=user_of(request), request_id=draft.id, version=version, answers=dict(sheet.answers)
        )
    except Stale:
        return _draw(request, Journey.of(request_or_404(request, draft.id)), page, sheet, status=CONFLICT)
    after = Journey.of(draft)
    return SeeOther(_url(after, page) if "stay" in request.POST else after.next.url)


def _shown(journey: Journey, page: Page) -> tuple[str, ...]:
    """The facts of the page that matter on the path as it stands."""
    step = journey.walk.step(page.id)
    return step.shown if step else ()


def _was_posted(request: HttpRequest, name: str) -> bool:
    return name in request.POST or name + fields.UNKNOWN_SUFFIX in request.POST


def _read(request: HttpRequest, policy: Policy, names: Iterable[str]) -> Sheet:
    """Read the page. A question left empty means ``None``; whether it may be empty is for the caller to see."""
    typed: dict[str, Typed] = {}
    answers: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in names:
        fact = policy.facts[name]
        typed[name] = fields.typed_from_post(fact, request.POST)
        answers[name] = None
        if not typed[name].empty:
            try:
                answers[name] = fields.read(fact, typed[name])
            except FieldError as error:
                errors[name] = str(error)
    return Sheet(typed, answers, errors)


def _missing(would_be: Journey, sheet: Sheet) -> dict[str, str]:
    """Messages for the questions left empty, unless the page's other answers made them pointless."""
    messages = {}
    still_needed = would_be.decision.next_questions
    for name, typed in sheet.typed.items():
        if typed.empty and name in still_needed:
            try:
                fields.read(would_be.policy.facts[name], typed)
            except FieldError as error:
                messages[name] = str(error)
    return messages


def _draw(request: HttpRequest, journey: Journey, page: Page, sheet: Sheet, *, status: int = 200) -> HttpResponse:
    policy, answers = journey.policy, journey.draft.answers
    shown = _shown(journey, page)
    views: list[FieldView] = []
    for name in shown:
        fact = policy.facts[name]
        stored = fields.typed_from_answer(fact, answers.get(name))
        typed = sheet.typed.get(name, stored)
        differs = status == CONFLICT and not stored.empty and stored != typed
        views.append(
            fields.of_fact(
                fact,
                typed,
                error=sheet.errors.get(name, "") if status == INVALID else "",
                current=fact.say(answers.get(name)) if differs else "",
            )
        )
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
        "just_closed": journey.just_closed if journey.next.slug == page.id else (),
        **_helper(journey, shown, {**answers, **sheet.answers}),
    }
    return draw_step(request, journey, "question", page.id, views, context, status=status)


def _helper(journey: Journey, shown: tuple[str, ...], answers: Mapping[str, Any]) -> dict[str, Any]:
    rule = helpers.her2_rule_on(journey.policy, shown)
    if rule is None:
        return {}
    url = reverse("intake:her2", args=[journey.draft.id])
    return {
        "helper": helpers.Helper(url, "intake/helper_her2.html", "Save and show the HER2 group"),
        "her2": helpers.her2_of(rule, answers),
    }


def _url(journey: Journey, page: Page) -> str:
    return reverse("intake:question", args=[journey.draft.id, page.id])
