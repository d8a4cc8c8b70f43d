"""The gate in front of every page: who may open it at all. What they see behind it is the queries' business."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from pa_portal.accounts.models import PROVIDERS, REVIEWERS, Organization, Role, User

__all__ = [
    "PROVIDERS",
    "REVIEWERS",
    "RoleRequiredMixin",
    "ask_to_sign_in",
    "may_export_audit",
    "refusal",
    "require_role",
]

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Return the way to the sign-in page and back here. ``next`` is a path, so it cannot lead to another host.

    A part of a page fetched by htmx gets an instruction to move the whole page instead.
    """
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=401)
        response["HX-Redirect"] = resolve_url(settings.LOGIN_URL)
        return response
    return redirect_to_login(request.get_full_path())


def refusal(request: HttpRequest, roles: frozenset[str]) -> HttpResponse | None:
    """Return None for a signed-in user with one of ``roles``, and the way to sign-in for anyone not signed in.

    Raises Http404 for the wrong role, as for a page that does not exist.
    """
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    if request.user.role not in roles:
        raise Http404
    return None


def require_role(*roles: Role | str) -> Callable[[View[P]], View[P]]:
    """Return a view decorator that lets ``roles`` in, sends anonymous visitors to sign-in, and gives others 404."""
    allowed = _known(roles)

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def gate(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            return refusal(request, allowed) or view(request, *args, **kwargs)

        return gate

    return decorate


def may_export_audit(user: User) -> bool:
    """Whether this person may take their organization's audit trail away: a plan's manager, as its privacy officer."""
    return (
        user.is_active
        and user.role == Role.MANAGER
        and user.organization.kind == Organization.Kind.PLAN
        and user.is_privacy_officer
    )


class RoleRequiredMixin:
    """The same gate for class-based views: set ``roles``, and put this first among the bases."""

    roles: tuple[Role | str, ...] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return refusal(request, _known(self.roles)) or super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


def _known(roles: tuple[Role | str, ...]) -> frozenset[str]:
    if not roles:
        raise ValueError("Name at least one role.")
    return frozenset(Role(role).value for role in roles)
