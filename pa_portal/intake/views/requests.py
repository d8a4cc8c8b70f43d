"""One request as a whole: the steps of a draft, the status of what was sent, and leaving either."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pa_portal.accounts import identity
from pa_portal.determinations import actions as determinations
from pa_portal.determinations.errors import Conflict
from pa_portal.intake import documents, fields, status
from pa_portal.intake.forms import MessageForm, ResponseForm
from pa_portal.intake.journey import Journey
from pa_portal.intake.views.common import (
    CONFLICT,
    INVALID,
    SeeOther,
    posted_version,
    provider_page,
    request_or_404,
    user_of,
)
from pa_portal.submissions import actions, queries
from pa_portal.submissions.attestation import MEANING
from pa_portal.submissions.errors import NotAllowed, NotReady, Stale
from pa_portal.submissions.models import Request, State

# A call before a decision, or after a denial.
CALLABLE = (State.SUBMITTED, State.PENDED, State.DENIED)


@provider_page
@require_safe
def request_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A draft's list of steps; for anything sent, where it stands and what can be done."""
    found = request_or_404(request, pk)
    if found.state == State.DRAFT:
        journey = Journey.of(found)
        return render(
            request,
            "intake/steps.html",
            {
                "draft": found,
                "journey": journey,
                "panel": journey.panel,
                "policy": journey.policy,
                "documents": documents.of(found, journey.walk),
                "newer": queries.newer_version(found),
            },
        )
    return _draw_status(request, found)


def _draw_status(
    request: HttpRequest,
    found: Request,
    form: ResponseForm | None = None,
    message: MessageForm | None = None,
    *,
    refusal: str = "",
    code: int = 200,
) -> HttpResponse:
    form, view = form or ResponseForm(), status.of(user_of(request), found)
    writing = message or MessageForm()
    views, draft = fields.of_form(form, {}), fields.of_form(writing, {})[0]
    general = [str(text) for text in (*form.non_field_errors(), *writing.non_field_errors())]
    if view.news:
        # They are on the page that is being drawn, still marked as new.
        determinations.read_messages(by=user_of(request), request_id=found.pk)
    return render(
        request,
        "intake/request.html",
        {
            "found": found,
            "view": view,
            "ready": found.state != State.PENDED or Journey.of(found).complete,
            "can_call": found.state in CALLABLE and view.call is None,
            "attestation": MEANING,
            "fields": views,
            "draft": draft,
            "message_id": uuid4(),
            "problems": fields.problems((*views, draft), general) if code == INVALID else [],
            "stale": code == CONFLICT and not refusal,
            "refusal": refusal,
        },
        status=code,
    )


@provider_page
@require_POST
def message(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send the plan a message about a request. The same form sent twice is one message."""
    found = request_or_404(request, pk)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _draw_status(request, found, message=form, code=INVALID)
    data = form.cleaned_data
    try:
        determinations.send_message(
            by=user_of(request), request_id=pk, body=data["body"], id=data["id"], seen=data["seen"]
        )
    except ValidationError as error:
        form.add_error("body", error.messages)
        return _draw_status(request, found, message=form, code=INVALID)
    except Conflict as first:
        return _draw_status(request, found, message=form, refusal=f"{first.who} wrote meanwhile.", code=CONFLICT)
    except NotAllowed as refusal:
        return _draw_status(request, found, message=form, refusal=str(refusal), code=CONFLICT)
    return SeeOther(f"{_page(pk)}#messages")


def _named(found: Request, missing: tuple[str, ...]) -> str:
    """What is missing, as its pages name it."""
    facts = queries.policy_of(found).facts
    return "; ".join(facts[name].label if name in facts else name.replace("_", " ") for name in missing)


@provider_page
@require_POST
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open the draft in which a submitted request is corrected."""
    request_or_404(request, pk)
    try:
        draft = actions.start_correction(by=user_of(request), request_id=pk)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return SeeOther(_page(pk))
    return SeeOther(Journey.of(draft).next.url)


@provider_page
@require_POST
def copy(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Copy a request into a new draft."""
    request_or_404(request, pk)
    try:
        draft = actions.copy_request(by=user_of(request), request_id=pk)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return SeeOther(_page(pk))
    messages.success(request, f"This is a copy, dated today: {draft.reference}. Check each part before you send it.")
    return SeeOther(_page(draft.pk))


@provider_page
@require_POST
def respond(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send the answer to a request for information."""
    found = request_or_404(request, pk)
    form = ResponseForm(request.POST)
    if not form.is_valid():
        return _draw_status(request, found, form, code=INVALID)
    identity.require(request)
    try:
        determinations.respond_to_pend(
            by=user_of(request), request_id=pk, version=posted_version(request), response=form.cleaned_data["response"]
        )
    except NotReady as error:
        form.add_error(None, f"Before the response can be sent: {_named(found, error.missing)}.")
        return _draw_status(request, found, form, code=INVALID)
    except ValidationError as error:
        form.add_error("response", error.messages)
        return _draw_status(request, found, form, code=INVALID)
    except (Stale, NotAllowed):
        return _draw_status(request, request_or_404(request, pk), form, code=CONFLICT)
    return SeeOther(_page(pk))


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask, then discard a draft."""
    found = request_or_404(request, pk)
    if found.state != State.DRAFT:
        return redirect("intake:request", pk)
    if request.method == "POST":
        try:
            actions.discard_draft(by=user_of(request), request_id=pk, version=posted_version(request))
        except (Stale, NotAllowed):
            return _draw_leave(request, request_or_404(request, pk), "discard", code=CONFLICT)
        return SeeOther(reverse("intake:dashboard"))
    return _draw_leave(request, found, "discard")


@provider_page
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask, then withdraw a request that was sent and not decided."""
    found = request_or_404(request, pk)
    if found.state not in (State.SUBMITTED, State.PENDED):
        return redirect("intake:request", pk)
    if request.method == "POST":
        try:
            determinations.withdraw(by=user_of(request), request_id=pk, version=posted_version(request))
        except (Stale, NotAllowed):
            return _draw_leave(request, request_or_404(request, pk), "withdraw", code=CONFLICT)
        return SeeOther(_page(pk))
    return _draw_leave(request, found, "withdraw")


def _draw_leave(request: HttpRequest, found: Request, move: str, *, code: int = 200) -> HttpResponse:
    return render(request, "intake/leave.html", {"found": found, "move": move, "stale": code == CONFLICT}, status=code)


def _page(pk: UUID) -> str:
    return reverse("intake:request", args=[pk])
