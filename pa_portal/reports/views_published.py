"""The measures that health plans publish, on a page that prints and as a file. For a plan's manager."""

from __future__ import annotations

import csv
import io
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role, User
from pa_portal.audit.actions import record
from pa_portal.reports import published
from pa_portal.reports.exports.csv import BYTE_ORDER_MARK
from pa_portal.reports.filters import is_plan
from pa_portal.reports.forms import PublishedForm


@require_safe
@require_role(Role.MANAGER)
def page(request: HttpRequest) -> HttpResponse:
    """The measures of a year; 422 with the form for a year or line of business that there is not."""
    user = _manager(request)
    form = _form(request, user)
    if not form.is_valid():
        return render(request, "reports/published.html", {"at": "published", "form": form}, status=422)
    found = published.published(user, form.year)
    context = {
        "at": "published",
        "form": form,
        "year": form.year,
        "business": form.business_label,
        "items": published.items(),
        "rows": found.rows(form.business),
        "columns": [label for _, label in published.businesses()],
        "compared": found.compared(),
    }
    return render(request, "reports/published.html", context)


@never_cache
@require_GET
@require_role(Role.MANAGER)
def file(request: HttpRequest) -> HttpResponse:
    """The measures of a year for every line of business, as CSV. Recorded."""
    user = _manager(request)
    form = _form(request, user)
    if not form.is_valid():
        return render(request, "reports/published.html", {"at": "published", "form": form}, status=422)
    record(
        by=user,
        action="report.exported",
        obj=user.organization,
        organization_id=user.organization_id,
        detail={"format": "csv", "report": "published", "year": form.year},
    )
    text = io.StringIO()
    csv.writer(text).writerows(published.published(user, form.year).file())
    response = HttpResponse(BYTE_ORDER_MARK + text.getvalue().encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="published-measures-{form.year}.csv"'
    return response


def _manager(request: HttpRequest) -> User:
    """Return the manager of a plan: these are a plan's own measures. Raises Http404 for another."""
    user = cast("User", request.user)
    if not is_plan(user):
        raise Http404
    return user


def _form(request: HttpRequest, user: User) -> PublishedForm:
    return PublishedForm(request.GET.dict(), published.years(user), published.businesses())
