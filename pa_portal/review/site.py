"""The admin site as reviewers have it: the queue, the case pages and some records, and no other stock address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver, include, path

from pa_portal.accounts.admin_site import PortalAdminSite
from pa_portal.review.lists import ReadOnlyAdmin
from pa_portal.review.views import policies


class ReviewSite(PortalAdminSite):
    """The portal's admin site with this room's lists alone: any other stock address answers 404.

    Gone are the application lists, Django's groups, changing a password without the site's own pages, autocompletion,
    the translation catalogue, "view on site" and the catch-all.
    """

    enable_nav_sidebar = False

    def get_urls(self) -> list[URLPattern | URLResolver]:
        models: list[URLPattern | URLResolver] = [
            path(f"{model._meta.app_label}/{model._meta.model_name}/", include(model_admin.urls))
            for model, model_admin in self._registry.items()
            if isinstance(model_admin, ReadOnlyAdmin)
        ]
        return [
            path("", self.admin_view(self.index), name="index"),
            path("login/", self.login, name="login"),
            path("logout/", self.admin_view(self.logout), name="logout"),
            path("policies/", self.admin_view(policies.policies), name="policies"),
            path("policies/<str:policy_id>/<str:version>/", self.admin_view(policies.policy), name="policy"),
            path(
                "policies/<str:policy_id>/<str:before>/<str:after>/",
                self.admin_view(policies.compare),
                name="policy_compare",
            ),
            *models,
        ]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """Go straight to the queue."""
        return redirect("admin:submissions_request_changelist")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Nothing: the header names the few lists there are."""
        return []
