"""Reports for managers: the overview, the lists behind its figures, one request, and files. All of it only reads."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role, User
from pa_portal.audit.actions import record
from pa_portal.reports import definitions as meanings
from pa_portal.reports import lists, queries
from pa_portal.reports.case_page import case_page
from pa_portal.reports.columns import Column, columns
from pa_portal.reports.dashboard import dashboard, list_url
from pa_portal.reports.exports import csv, xlsx
from pa_portal.reports.filters import ANY, BASES, OVERVIEW, Filters, Options, filters_for, is_plan
from pa_portal.reports.forms import ReportForm

LATEST = 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    return _draw(
        request,
        "overview",
        {
            "form": form,
            "filters": filters,
            "presets": list(lists.presets(filters)),
            "chips": list(lists.chips(filters, options)),
            "board": dashboard(user, filters, options),
            "latest": lists.latest(user, filters, LATEST),
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


@never_cache
@require_GET
@require_role(Role.MANAGER)
def requests_csv(request: HttpRequest) -> HttpResponse:
    """The same requests as CSV, streamed. Recorded before the first byte leaves."""
    user = _user(request)
    options = queries.options(user)
    form = _form(request, options)
    if not form.is_valid():
        return _list(request, form, options)
    chosen = _columns(request)
    _record(user, form.filters, "csv", chosen)
    content = csv.Stream(user, form.filters, chosen)
    return _file(StreamingHttpResponse(content), f"{_file_name(form.filters)}.csv", "text/csv; charset=utf-8")


@never_cache
@require_GET
@require_role(Role.MANAGER)
def requests_xlsx(request: HttpRequest) -> HttpResponse:
    """The same requests as an Excel workbook, with its data dictionary. Recorded before the first byte leaves."""
    user = _user(request)
    options = queries.options(user)
    form = _form(request, options)
    if not form.is_valid():
        return _list(request, form, options)
    chosen = _columns(request)
    _record(user, form.filters, "xlsx", chosen)
    content = xlsx.workbook(user, form.filters, chosen, lists.said(form.filters, options))
    return _file(FileResponse(content), f"{_file_name(form.filters)}.xlsx", XLSX)


@require_safe
@require_role(Role.MANAGER)
def case(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """One request: where it stands, what was decided, and the letters. Each reading is recorded. 404 if not theirs."""
    user = _user(request)
    page = case_page(user, request_id)
    if page is None:
        raise Http404
    record(by=user, action="report.request_read", obj=page.request)
    return _draw(request, "case", {"page": page, "plan": is_plan(user)})


@require_safe
@require_role(Role.MANAGER)
def definitions(request: HttpRequest) -> HttpResponse:
    """How figures are counted, and what each column of a file holds."""
    plan = is_plan(_user(request))
    figures = [one for one in meanings.ALL if plan or one[1] is not meanings.REVIEWERS]
    return _draw(request, "definitions", {"columns": columns(plan=plan, patients=True), "figures": figures})


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
    overview_query = "" if filters.by == ANY else filters.only(OVERVIEW).query()
    return _draw(
        request,
        "requests",
        {
            "form": form,
            "filters": filters,
            "presets": [] if filters.by == ANY else list(lists.presets(filters)),
            "chips": list(lists.chips(filters, options)),
            "page": lists.page(_user(request), filters, request.GET.get("page", "")),
            "query": filters.query(),
            "overview_url": f"{reverse('reports:home')}?{overview_query}",
        },
    )


def _columns(request: HttpRequest) -> tuple[Column, ...]:
    """Patients are named only where the manager asks for it: a report rarely needs to know who they are."""
    return columns(plan=is_plan(_user(request)), patients=request.GET.get("patients") == "1")


def _file_name(filters: Filters) -> str:
    """Return a name of plain ASCII with the days in it, and nothing that anybody typed."""
    days = f"{filters.start}-to-{filters.end}" if filters.start else f"{timezone.localdate(filters.now)}"
    return f"requests-{days}"


def _file(response: StreamingHttpResponse, name: str, content_type: str) -> HttpResponse:
    response["Content-Type"] = content_type
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # Django's two kinds of response share a base class, and the gate's type names only the other one.
    return cast("HttpResponse", response)


def _record(user: User, filters: Filters, form: str, chosen: tuple[Column, ...]) -> None:
    record(
        by=user,
        action="report.exported",
        obj=user.organization,
        organization_id=user.organization_id,
        detail={
            "format": form,
            "filters": filters.query(),
            "patients_named": any(column.patient for column in chosen),
        },
    )
