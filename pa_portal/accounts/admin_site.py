"""The Django admin behind the site's own door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from pa_portal.accounts.access import ask_to_sign_in
from pa_portal.accounts.views import SignOut


class PortalAdminSite(admin.AdminSite):
    """An admin site for reviewers: no login page of its own, and 404 for anyone signed in who is not one."""

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_staff", False))

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            if not self.has_permission(request):
                raise Http404
            return inner(request, *args, **kwargs)

        return gate

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send the visitor to the site's sign-in page, and a signed-in reviewer to the queue."""
        return redirect("admin:index" if self.has_permission(request) else settings.LOGIN_URL)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign out as everywhere else: by POST alone, and on record."""
        return SignOut.as_view()(request)


class PortalAdminConfig(AdminConfig):
    """``django.contrib.admin`` with this site as its default; INSTALLED_APPS names this class instead."""

    default_site = "pa_portal.accounts.admin_site.PortalAdminSite"
