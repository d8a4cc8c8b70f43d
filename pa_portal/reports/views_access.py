"""Who saw or changed what about a patient, or what a person of the plan did: pages and files for its privacy officer.

Names and member IDs are typed into a form's body. The addresses behind it hold random ids and days alone, and each look
at a report is itself on record.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from pa_portal.accounts.access import may_export_audit, require_role
from pa_portal.accounts.models import Role, User
from pa_portal.accounts.queries import people_of
from pa_portal.audit import acting
from pa_portal.audit.actions import record
from pa_portal.reports import access_looks as looks
from pa_portal.reports.access_form import PERSON, AccessForm, DaysForm
from pa_portal.reports.access_looks import Report
from pa_portal.reports.exports.cells import neutral
from pa_portal.reports.exports.csv import BYTE_ORDER_MARK
from pa_portal.submissions.models import Patient

HEADS = (
    "when",
    "what",
    "of",
    "changed_columns",
    "person",
    "organization",
    "address",
    "database_login",
    "page",
    "request_id",
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def ask(request: HttpRequest) -> HttpResponse:
    """Choose a patient or a colleague and the days: on to the report, or a list of patients where several fit."""
    user = _officer(request)
    if request.method != "POST":
        return _draw(request, {"form": AccessForm(user, None)})
    form = AccessForm(user, request.POST.dict())
    if not form.is_valid():
        return _draw(request, {"form": form}, status=422)
    days = _days(form)
    if form.cleaned_data["about"] == PERSON:
        return _see(reverse("reports:access_person", args=[form.cleaned_data["person"]]), days)
    found = looks.find(user, form.cleaned_data["words"])
    record(by=user, action="report.patients_searched", obj=user, detail={"found": len(found)})
    if len(found) == 1:
        return _see(reverse("reports:access_patient", args=[found[0].pk]), days)
    acting.shown(found[: looks.MOST_FOUND], Patient)
    context = {"form": form, "found": found[: looks.MOST_FOUND], "more": len(found) > looks.MOST_FOUND, "days": days}
    return _draw(request, context | {"searched": True})


@never_cache
@require_safe
@require_role(Role.MANAGER)
def patient(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """Who saw or changed a patient's data. 404 unless the plan sees the patient; 422 for days that make no sense."""
    user = _officer(request)
    found = get_object_or_404(looks.patients(user), pk=patient_id)
    form = DaysForm(request.GET.dict())
    report = looks.about_patient(user, found, form.start, form.end) if form.is_valid() else None
    return _show(request, found, form, report, {"patient": found})


@never_cache
@require_safe
@require_role(Role.MANAGER)
def person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What a colleague saw and changed. 404 for anybody of another organization; 422 for days that make no sense."""
    user = _officer(request)
    found = get_object_or_404(people_of(user), pk=person_id)
    form = DaysForm(request.GET.dict())
    report = looks.about_person(user, found, form.start, form.end) if form.is_valid() else None
    return _show(request, found, form, report, {"person": found})


@never_cache
@require_GET
@require_role(Role.MANAGER)
def patient_file(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    """The same report about a patient as CSV, all of it. Recorded first."""
    user = _officer(request)
    found = get_object_or_404(looks.patients(user), pk=patient_id)
    form = DaysForm(request.GET.dict())
    if not form.is_valid():
        return _show(request, found, form, None, {"patient": found})
    return _file(user, found, form, looks.about_patient(user, found, form.start, form.end))


@never_cache
@require_GET
@require_role(Role.MANAGER)
def person_file(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The same report of a colleague as CSV, all of it. Recorded first."""
    user = _officer(request)
    found = get_object_or_404(people_of(user), pk=person_id)
    form = DaysForm(request.GET.dict())
    if not form.is_valid():
        return _show(request, found, form, None, {"person": found})
    return _file(user, found, form, looks.about_person(user, found, form.start, form.end))


def _officer(request: HttpRequest) -> User:
    """Return the privacy officer. Raises Http404 for any other manager."""
    user = cast("User", request.user)
    if not may_export_audit(user):
        raise Http404
    return user


def _draw(request: HttpRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, "reports/access.html", {"at": "access", **context}, status=status)


def _see(address: str, days: str) -> HttpResponse:
    return HttpResponseRedirect(f"{address}?{days}", status=303)


def _days(form: DaysForm) -> str:
    return urlencode({"from": form.start, "to": form.end})


def _show(
    request: HttpRequest, found: Model, form: DaysForm, report: Report | None, context: dict[str, Any]
) -> HttpResponse:
    kind = next(iter(context))
    address = reverse(f"reports:access_{kind}", args=[found.pk])
    context |= {"at": "access", "form": form, "address": address}
    if report is None:
        return render(request, "reports/access_report.html", context, status=422)
    before = _number(request.GET.get("before", ""))
    rows = report.page(before, looks.PAGE + 1)
    _note(cast("User", request.user), found, form, "report.access_read")
    context |= {
        "lines": [looks.line(row) for row in rows[: looks.PAGE]],
        "older": rows[looks.PAGE - 1].id if len(rows) > looks.PAGE else None,
        "later": before is not None,
        "days": _days(form),
        "file": reverse(f"reports:access_{kind}_csv", args=[found.pk]),
        "shown": True,
    }
    return render(request, "reports/access_report.html", context)


def _number(text: str) -> int | None:
    """Return where the page before ended. What is no such number begins at the newest."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _file(by: User, found: Model, form: DaysForm, report: Report) -> HttpResponse:
    _note(by, found, form, "report.access_exported")
    if isinstance(found, Patient):
        acting.shown([found], Patient, in_file=True)
    text = io.StringIO()
    csv.writer(text).writerows(_rows(report))
    response = HttpResponse(BYTE_ORDER_MARK + text.getvalue().encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="access-{form.start}-to-{form.end}.csv"'
    return response


def _rows(report: Report) -> Iterator[tuple[str, ...]]:
    yield HEADS
    for look in report.all():
        cells = (
            looks.what(look),
            looks.thing(look),
            look.columns,
            look.person,
            look.organization,
            look.ip,
            look.login,
            look.page,
            look.request_id,
        )
        yield (f"{look.at:%Y-%m-%dT%H:%M:%SZ}", *(neutral(cell) for cell in cells))


def _note(by: User, found: Model, form: DaysForm, action: str) -> None:
    detail = {"from": f"{form.start}", "to": f"{form.end}"}
    record(by=by, action=action, obj=found, organization_id=by.organization_id, detail=detail)
