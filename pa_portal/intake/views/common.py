"""What the wizard's pages share: finding the draft, the version token, and drawing a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from pa_portal.accounts.access import PROVIDERS, require_role
from pa_portal.accounts.models import User
from pa_portal.intake import kept
from pa_portal.intake.fields import FieldView, problems
from pa_portal.intake.journey import Journey, Stage
from pa_portal.submissions import queries
from pa_portal.submissions.models import Request

SIGNED_OUT, INVALID, CONFLICT = 401, 422, 409

EVERYBODY = ("patient", "prescriber", "plan")

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def provider_page(view: View[P]) -> View[P]:
    """Let the provider's people in; give back what somebody sent who has been signed out meanwhile."""
    gated = require_role(*PROVIDERS)(view)

    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        by_script = request.headers.get("HX-Request") == "true"
        if request.method == "POST" and not by_script and not request.user.is_authenticated:
            return draw_signed_out(request, kept.keep(request.path, request.POST))
        return gated(request, *args, **kwargs)

    return page


def draw_signed_out(request: HttpRequest, kept: str, *, again: bool = False) -> HttpResponse:
    """Ask to sign in, with what was typed kept in the page. ``again``: they went on without signing in."""
    return render(request, "intake/signed_out.html", {"kept": kept, "again": again}, status=SIGNED_OUT)


class SeeOther(HttpResponseRedirect):
    """303: the form was taken; look at the next page with GET."""

    status_code = 303


def user_of(request: HttpRequest) -> User:
    """Who is signed in; the role gate has made sure that somebody is."""
    assert isinstance(request.user, User)
    return request.user


def request_or_404(request: HttpRequest, pk: UUID, people: tuple[str, ...] = EVERYBODY) -> Request:
    """The user's own organization's request, with ``people`` at hand.

    Raises ``Http404`` for anything else, as if it did not exist.
    """
    try:
        return queries.request_for(user_of(request), pk, people)
    except Request.DoesNotExist:
        raise Http404 from None


def posted_version(request: HttpRequest) -> int:
    """The version token of the form; 0, which is never current, for anything that is not one."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def draw_step(
    request: HttpRequest,
    journey: Journey,
    kind: str,
    slug: str,
    fields: Iterable[FieldView],
    context: Mapping[str, Any],
    *,
    template: str = "intake/step.html",
    status: int = 200,
) -> HttpResponse:
    """Draw a page of the wizard. ``context`` adds heading, why, cite, groups and whatever the template needs."""
    before = journey.before(kind, slug)
    back_url, back_label = (journey.steps_url, "All steps") if before is None else (before.url, "Back")
    if journey.complete and kind != "check":
        back_url, back_label = journey.next.url, "Back to your answers"
    return render(
        request,
        template,
        {
            "draft": journey.draft,
            "journey": journey,
            "panel": journey.panel,
            "stages": _stages(journey.stages(kind)),
            "back_url": back_url,
            "back_label": back_label,
            "problems": problems(fields) if status == INVALID else [],
            "stale": status == CONFLICT,
            **context,
        },
        status=status,
    )


@lru_cache(maxsize=256)
def _stages(stages: tuple[Stage, ...]) -> str:
    """The progress line as drawn: it holds counts alone."""
    return render_to_string("components/stages.html", {"stages": stages})


def draw_confirm(
    request: HttpRequest, journey: Journey, would_be: Journey, *, back_url: str, changed: str
) -> HttpResponse:
    """Ask before a change sets answers aside. Nothing is saved until the reader confirms."""
    facts = journey.policy.facts
    return render(
        request,
        "intake/confirm_change.html",
        {
            "draft": journey.draft,
            "changed": changed,
            "back_url": back_url,
            "typed": kept.pairs(request.POST, without=("confirmed",)),
            "set_aside": [
                (facts[name].label, facts[name].say(journey.answers[name]))
                for name in journey.would_set_aside(would_be)
            ],
        },
        status=INVALID,
    )


def draw_closed(request: HttpRequest, found: Request, fields: Iterable[FieldView] = ()) -> HttpResponse:
    """Answer for a page of a draft that is none any more: its status, or what a stale tab typed and could not save."""
    if request.method != "POST":
        return redirect("intake:request", found.pk)
    typed = [(view.label, view.said) for view in fields if view.said]
    return render(request, "intake/closed.html", {"found": found, "typed": typed}, status=CONFLICT)
