"""The pages on which managers look after the accounts of their own organization."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pa_portal.accounts import identity, managing
from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role, User
from pa_portal.accounts.queries import people_of
from pa_portal.people.forms import InviteForm
from pa_portal.people.listing import Line, lines

PAGE = 50
form_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@require_role(Role.MANAGER)
def home(request: HttpRequest) -> HttpResponse:
    """Everybody of the organization. A page number that there is not gives the nearest."""
    page = Paginator(people_of(_manager(request)), PAGE).get_page(request.GET.get("page"))
    return _draw(request, "home", {"page": page, "lines": lines(list(page.object_list))})


@form_methods
@require_role(Role.MANAGER)
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody: 422 with the form where what was typed will not do."""
    user = _manager(request)
    form = InviteForm(user.organization, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        identity.require(request)
        try:
            made = managing.invite(by=user, **form.cleaned_data)
        except ValidationError as error:
            form.take_errors(error)
        else:
            messages.success(request, f"{made.email} is invited. The link in the e-mail works for three days.")
            return _see(made)
    return _draw(request, "invite", {"form": form}, status=422 if form.errors else 200)


@require_safe
@require_role(Role.MANAGER)
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """One person, and what can be done. 404 for anybody of another organization."""
    return _account(request, _one(request, person_id))


@require_POST
@require_role(Role.MANAGER)
def invite_again(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Send the invitation once more."""
    return _act(request, person_id, managing.invite_again, "The invitation to {} is sent again.")


@form_methods
@require_role(Role.MANAGER)
def deactivate(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Say what follows; by POST, do it."""
    if request.method == "POST":
        return _act(request, person_id, managing.deactivate, "{} is signed out, and cannot sign in any more.")
    return _draw(request, "deactivate", {"line": _one(request, person_id)})


@form_methods
@require_role(Role.MANAGER)
def reset_factors(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Say what follows; by POST, forget a colleague's second factors. Where that is refused, their page says why."""
    if request.method == "POST":
        done = "The second step of {} is gone. They set up a new one when they sign in next."
        return _act(request, person_id, managing.forget_factors, done)
    line = _one(request, person_id)
    if refused := managing.why_not_forget(_manager(request), line.person):
        return _account(request, line, refused=refused)
    return _draw(request, "reset_factors", {"line": line})


@require_POST
@require_role(Role.MANAGER)
def reactivate(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Let somebody in again."""
    return _act(request, person_id, managing.reactivate, "{} can sign in again.")


def _act(request: HttpRequest, person_id: UUID, act: Callable[..., User], done: str) -> HttpResponse:
    """Do it once it is sure who asks; 422 with the person's page where the act refuses."""
    found = _one(request, person_id)
    identity.require(request)
    try:
        person = act(by=_manager(request), person_id=person_id)
    except User.DoesNotExist:
        raise Http404 from None
    except ValidationError as error:
        return _account(request, found, refused=error.messages[0])
    messages.success(request, done.format(person.email))
    return _see(person)


def _account(request: HttpRequest, line: Line, *, refused: str = "") -> HttpResponse:
    """The person's page; 422 with the reason where an act is refused."""
    kept = managing.why_not_forget(_manager(request), line.person)
    return _draw(request, "person", {"line": line, "refused": refused, "kept": kept}, status=422 if refused else 200)


def _one(request: HttpRequest, person_id: UUID) -> Line:
    return lines([get_object_or_404(people_of(_manager(request)), pk=person_id)])[0]


def _manager(request: HttpRequest) -> User:
    return cast("User", request.user)


def _see(person: User) -> HttpResponse:
    return HttpResponseRedirect(reverse("people:person", args=[person.pk]), status=303)


def _draw(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, f"people/{page}.html", {"at": "people", **context}, status=status)
