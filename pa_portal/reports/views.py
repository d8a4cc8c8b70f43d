"""Reports for managers: the overview, the lists behind its figures, and one request. All of it only reads."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role, User
from pa_portal.audit import acting
from pa_portal.reports import definitions as meanings
from pa_portal.reports import lists, queries
from pa_portal.reports.case_page import case_page
from pa_portal.reports.dashboard import dashboard, list_url
from pa_portal.reports.exports import datasets
from pa_portal.reports.filters import ANY, BASES, OVERVIEW, Options, filters_for, is_plan
from pa_portal.reports.forms import ReportForm
from pa_portal.reports.models import Case

LATEST = 10


@require_safe
@require_role(Role.MANAGER)
def overview(request: HttpRequest) -> HttpResponse:
    """The figures of the days chosen; 422 with the form when the days or a filter make no sense."""
    user = _user(request)
    options = queries.options(user)
    known = tuple(one for one in filters_for(user) if one.name in OVERVIEW)
    form = ReportForm(request.GET.dict(), known, options, BASES[:2])
    if not form.is_valid():
        return _draw(request, "overview", {"form": form}, status=422)
    filters = form.filters
    latest = lists.latest(user, filters, LATEST)
    acting.shown([item.id for item in latest], Case)
    return _draw(
        request,
        "overview",
        {
            "form": form,
            "filters": filters,
            "presets": list(lists.presets(filters)),
            "chips": list(lists.chips(filters, options)),
            "board": dashboard(user, filters, options),
            "latest": latest,
            "list_url": list_url(filters),
            "query": filters.query(),
        },
    )


@require_safe
@require_role(Role.MANAGER)
def requests(request: HttpRequest) -> HttpResponse:
    """The requests under the filters, a page at a time, and their way out as a file; 422 as for the overview."""
    user = _user(request)
    options = queries.options(user)
    return _list(request, _form(request, options), options)


@require_safe
@require_role(Role.MANAGER)
def case(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: where it stands, what was decided, and the letters. Each reading is recorded. 404 if not theirs."""
    user = _user(request)
    page = case_page(user, request_id)
    if page is None:
        raise Http404
    return _draw(request, "case", {"page": page, "plan": is_plan(user)})


@require_safe
@require_role(Role.MANAGER)
def definitions(request: HttpRequest) -> HttpResponse:
    """How figures are counted, and what each column of a file holds."""
    user = _user(request)
    plans_own = (meanings.REVIEWERS, meanings.ORGANIZATIONS)
    figures = [one for one in meanings.ALL if is_plan(user) or one[1] not in plans_own]
    files = [(data, datasets.columns_for(user, data)) for data in datasets.data_sets(user)]
    return _draw(request, "definitions", {"files": files, "figures": figures})


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _draw(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, f"reports/{name}.html", {"at": name, **context}, status=status)


def _form(request: HttpRequest, options: Options) -> ReportForm:
    return ReportForm(request.GET.dict(), filters_for(_user(request)), options, BASES)


def _list(request: HttpRequest, form: ReportForm, options: Options) -> HttpResponse:
    if not form.is_valid():
        return _draw(request, "requests", {"form": form}, status=422)
    filters = form.filters
    page = lists.page(_user(request), filters, request.GET.get("page", ""))
    acting.shown([item.id for item in page.items], Case)
    overview_query = "" if filters.by == ANY else filters.only(OVERVIEW).query()
    return _draw(
        request,
        "requests",
        {
            "form": form,
            "filters": filters,
            "presets": [] if filters.by == ANY else list(lists.presets(filters)),
            "chips": list(lists.chips(filters, options)),
            "page": page,
            "query": filters.query(),
            "overview_url": f"{reverse('reports:home')}?{overview_query}",
        },
    )
