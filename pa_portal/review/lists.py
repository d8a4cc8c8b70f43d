"""How every list of this admin behaves: it is read, and nothing else."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path

from pa_portal.audit import acting


class ReadOnlyAdmin(admin.ModelAdmin):
    """Records to look at. Nothing is added, changed or deleted here, in bulk or singly: decisions have their own pages.

    Only the list and, where a class adds it, a page for each record have an address. ``parameters`` are those that the
    list's address takes; any other is 404, so that no stock look-up searches patients by way of the address.
    """

    actions = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    preserve_filters = False
    sortable_by = ()
    heading = ""
    parameters: frozenset[str] = frozenset({"p", "e"})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    def get_urls(self) -> list[URLPattern]:
        return [path("", self.admin_site.admin_view(self.changelist_view), name=self.address("changelist"))]

    def address(self, page: str) -> str:
        """The name of an address within the admin, as Django names it."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not set(request.GET) <= self.parameters:
            raise Http404
        response = super().changelist_view(request, {"title": self.heading, **(extra_context or {})})
        listed = getattr(response, "context_data", None) or {}
        if "cl" in listed:
            acting.shown(listed["cl"].result_list, self.model)
        return response
