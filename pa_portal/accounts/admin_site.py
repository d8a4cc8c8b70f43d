"""The Django admin behind the site's own door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from pa_portal.accounts.access import ask_to_sign_in
from pa_portal.accounts.views import SignOut

V = TypeVar("V", bound=Callable[..., Any])


class PortalAdminSite(admin.AdminSite):
    """An admin site for reviewers: no login page of its own, and 404 for anyone signed in who is not one."""

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_staff", False))

    def admin_view(self, view: V, cacheable: bool = False) -> V:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return cast("V", gate)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send the visitor to the site's sign-in page, and a signed-in reviewer to the queue."""
        return redirect("admin:index" if self.has_permission(request) else settings.LOGIN_URL)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sign out as everywhere else: by POST alone, and on record."""
        return SignOut.as_view()(request)
