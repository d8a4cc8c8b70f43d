"""How every list of this admin behaves: it is read, and nothing else, and costs the same however long it is."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path

from pa_portal.audit import acting

# How far a page looks ahead to say how many there are: whoever has more before them than that filters, or pages on.
AHEAD = 200
LAST_PAGE = 100_000


class Pages(ChangeList):
    """A page of a list: first the keys in their order, then what is shown of those alone.

    So what is joined or looked up for a row is never worked out for others. ``first`` and ``last`` number what is on
    the page from 1; ``counted`` says how many there are in all, and ``more`` that there are more than that.
    """

    model_admin: ReadOnlyAdmin

    def get_results(self, request: HttpRequest) -> None:
        if not 1 <= self.page_num <= LAST_PAGE:
            raise IncorrectLookupParameters
        before = (self.page_num - 1) * self.list_per_page
        keys = list(self.queryset.values_list("pk", flat=True)[before : before + AHEAD + 1])
        if before and not keys:
            raise IncorrectLookupParameters
        shown = keys[: self.list_per_page]
        rows = {row.pk: row for row in self.model_admin.shown(request, shown)}
        self.result_list = [rows[key] for key in shown if key in rows]
        self.first, self.last = before + 1, before + len(shown)
        self.more = len(keys) > AHEAD
        self.counted = self.result_count = before + min(len(keys), AHEAD)
        self.has_next = len(keys) > len(shown)
        self.multi_page = self.has_next or before > 0
        self.can_show_all, self.full_result_count, self.show_full_result_count = False, None, False

    def beside(self, pages: int) -> str:
        """The address of another page, ``pages`` further."""
        return self.get_query_string({"p": self.page_num + pages})

    @property
    def earlier(self) -> str:
        return self.beside(-1) if self.page_num > 1 else ""

    @property
    def later(self) -> str:
        return self.beside(1) if self.has_next else ""


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

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Pages

    def shown(self, request: HttpRequest, keys: list[Any]) -> QuerySet[Any]:
        """Return the rows with these keys, in any order, with what the list shows of them."""
        return self.get_queryset(request).filter(pk__in=keys).order_by()

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
