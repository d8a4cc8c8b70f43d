"""Files for managers: choosing one, taking it away at once or when it is made, and having it made regularly."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role, User
from pa_portal.audit.actions import record
from pa_portal.exports import actions, periods
from pa_portal.exports import queries as exports
from pa_portal.exports.models import Delivery, Export, Form, Frequency, Schedule
from pa_portal.reports import lists, queries, tasks
from pa_portal.reports.exports import csv, datasets, delivering, making
from pa_portal.reports.exports.choosing import Chosen, ExportForm
from pa_portal.reports.exports.datasets import DataSet
from pa_portal.reports.filters import ANY, Options
from pa_portal.reports.schedule_form import ScheduleForm

SHOWN = 50


def _or_404(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 404 to what is missing and to what is somebody else's alike."""

    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ObjectDoesNotExist:
            raise Http404 from None

    return gate


@require_safe
@require_role(Role.MANAGER)
def overview(request: HttpRequest) -> HttpResponse:
    """The files that this manager asked for, and the schedules of theirs."""
    user = _user(request)
    context = {
        "exports": [_shown(one) for one in exports.exports_of(user)[:SHOWN]],
        "schedules": [_planned(one) for one in exports.schedules_of(user)],
        "hours": settings.EXPORT_HOURS,
    }
    return _draw(request, "exports", context)


@require_safe
@require_role(Role.MANAGER)
def choose(request: HttpRequest) -> HttpResponse:
    """Choose a data set, its rows and its columns, and see how many rows that is; 422 when a choice makes no sense."""
    user, options = _user(request), queries.options(_user(request))
    form = _form(request, request.GET, options)
    return _choose(request, user, form, options)


@never_cache
@require_GET
@require_role(Role.MANAGER)
def download(request: HttpRequest, form: str, data: str = "") -> HttpResponse:
    """The file at once; where it is long, the page that has it made. Recorded before the first byte leaves."""
    user, options = _user(request), queries.options(_user(request))
    filled = _form(request, request.GET, options, data)
    if not filled.is_valid():
        return _choose(request, user, filled, options)
    chosen = filled.chosen
    rows = chosen.count()
    if rows > settings.EXPORT_AT_ONCE_ROWS:
        return _draw(request, "export_long", _choice(chosen, options) | {"form": Form(form), "rows": rows})
    file = _at_once(chosen, form, options)
    record(
        by=user,
        action="report.exported",
        obj=user.organization,
        organization_id=user.organization_id,
        detail={
            "data_set": chosen.data.name,
            "format": form,
            "filters": chosen.query(),
            "patients_named": chosen.patients,
            "rows": rows,
        },
    )
    return _file(file, f"{_file_name(chosen)}.{form}", form)


@require_GET
@require_role(Role.MANAGER)
def dictionary(request: HttpRequest) -> HttpResponse:
    """What the chosen columns mean, as a CSV file to go with another."""
    user, options = _user(request), queries.options(_user(request))
    form = _form(request, request.GET, options)
    if not form.is_valid():
        return _choose(request, user, form, options)
    name = f"{form.data_set.name}-data-dictionary.csv"
    response = HttpResponse(csv.dictionary(form.chosen.columns), content_type=making.CONTENT_TYPES[Form.CSV])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@require_role(Role.MANAGER)
def ask(request: HttpRequest) -> HttpResponse:
    """Have the worker make a file, and go to its page."""
    user, options = _user(request), queries.options(_user(request))
    form = _form(request, request.POST, options)
    if not form.is_valid() or request.POST.get("form") not in Form.values:
        return _choose(request, user, form, options, status=422)
    chosen = form.chosen
    with transaction.atomic():
        export = actions.ask(by=user, what=chosen.what(request.POST["form"]), expected=chosen.count())
        tasks.defer(export)
    return redirect("reports:export", export.pk)


@require_safe
@require_role(Role.MANAGER)
@_or_404
def export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """How far a file is, and the way to take it. 404 unless it is this manager's."""
    user = _user(request)
    found = exports.export_of(user, export_id)
    return _draw(request, "export", {"export": found, "shown": _shown(found), "again": _again(found)})


@never_cache
@require_GET
@require_role(Role.MANAGER)
@_or_404
def take(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """The file itself, recorded first; back to its page when there is none to take. 404 unless it is this manager's."""
    try:
        found, file = actions.take(by=_user(request), export_id=export_id)
    except actions.NotReady:
        return redirect("reports:export", export_id)
    return _file(file, found.file_name, found.form)


@require_POST
@require_role(Role.MANAGER)
@_or_404
def cancel(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Give up a file, or delete one that is ready."""
    actions.cancel(by=_user(request), export_id=export_id)
    return redirect("reports:export", export_id)


# Schedules


@require_safe
@require_role(Role.MANAGER)
def plan(request: HttpRequest) -> HttpResponse:
    """How often, in which form and how delivered, for the choice that the address holds."""
    user, options = _user(request), queries.options(_user(request))
    form = _form(request, request.GET, options)
    if not form.is_valid():
        return _choose(request, user, form, options)
    return _plan(request, form.chosen, options, ScheduleForm())


@require_POST
@require_role(Role.MANAGER)
def schedule(request: HttpRequest) -> HttpResponse:
    """Have a file made regularly; 422 with the form when something is wrong."""
    user, options = _user(request), queries.options(_user(request))
    form = _form(request, request.POST, options)
    if not form.is_valid():
        return _choose(request, user, form, options, status=422)
    how = ScheduleForm(request.POST)
    if not how.is_valid() or form.chosen.filters.by == ANY:
        return _plan(request, form.chosen, options, how, status=422)
    found = how.cleaned_data
    what = form.chosen.undated(found["form"])
    actions.schedule(by=user, what=what, frequency=found["frequency"], delivery=found["delivery"])
    return redirect("reports:exports")


@require_POST
@require_role(Role.MANAGER)
@_or_404
def change_schedule(request: HttpRequest, schedule_id: UUID, act: str) -> HttpResponse:
    """Pause, resume or delete a schedule. 404 unless it is this manager's."""
    acts: dict[str, Callable[..., Any]] = {
        "pause": actions.pause,
        "resume": actions.resume,
        "delete": actions.delete_schedule,
    }
    acts[act](by=_user(request), schedule_id=schedule_id)
    return redirect("reports:exports")


# Parts of the above


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _draw(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, f"reports/{name}.html", {"at": "exports", **context}, status=status)


def _form(request: HttpRequest, query: QueryDict, options: Options, data: str = "") -> ExportForm:
    """Return the form over what was chosen. Raises Http404 for a data set that is missing or not this manager's."""
    user = _user(request)
    known = {one.name: one for one in datasets.data_sets(user)}
    found = known.get(data or query.get("data") or datasets.REQUESTS)
    if found is None:
        raise Http404
    return ExportForm(user, found, query, options)


def _choose(request: HttpRequest, user: User, form: ExportForm, options: Options, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "data": form.data_set,
        "data_sets": datasets.data_sets(user),
        "limit": settings.EXPORT_AT_ONCE_ROWS,
    }
    if not form.is_valid():
        return _draw(request, "export_choose", context, status=422)
    rows = form.chosen.count()
    context |= _choice(form.chosen, options) | {"rows": rows, "long": rows > settings.EXPORT_AT_ONCE_ROWS}
    return _draw(request, "export_choose", context, status=status)


def _choice(chosen: Chosen, options: Options) -> dict[str, Any]:
    """Return what the pages about one choice need."""
    return {
        "chosen": chosen,
        "counted": chosen.data.counted,
        "pairs": chosen.pairs(),
        "query": chosen.query(),
        "said": lists.said(chosen.filters, options)[1:],
        "total": chosen.data.counted(chosen.count()),
    }


def _plan(
    request: HttpRequest, chosen: Chosen, options: Options, form: ScheduleForm, *, status: int = 200
) -> HttpResponse:
    # Days of any time are no days of a period.
    found = _choice(chosen, options)
    basis = dict(chosen.data.bases)[chosen.filters.by]
    undated = [("Days", f"By the day they were {basis[0].lower()}{basis[1:]}"), *found["said"][1:]]
    context = found | {"form": form, "dated": chosen.filters.by != ANY, "undated": undated}
    return _draw(request, "schedule", context, status=status)


def _at_once(chosen: Chosen, form: str, options: Options) -> IO[bytes]:
    """Return the file, open at its start, which has no name any more: it is gone when it is closed."""
    with tempfile.TemporaryDirectory(prefix="report-") as folder:
        path = Path(folder) / "report"
        making.write(chosen, form, path, options)
        return path.open("rb")


def _file(content: IO[bytes], name: str, form: str) -> HttpResponse:
    response = FileResponse(content, content_type=making.CONTENT_TYPES[Form(form)])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    # Django's two kinds of response share a base class, and the gate's type names only the other one.
    return cast("HttpResponse", response)


def _file_name(chosen: Chosen) -> str:
    """Return a name of plain ASCII with the days in it, and nothing that anybody typed."""
    filters = chosen.filters
    days = f"{filters.start}-to-{filters.end}" if filters.start else f"{timezone.localdate(filters.now)}"
    return f"{chosen.data.name}-{days}"


def _data(name: str) -> DataSet:
    return datasets.BY_NAME[name]


def _shown(export: Export) -> dict[str, Any]:
    """Return a file as a list shows it."""
    data = _data(export.data_set)
    return {
        "export": export,
        "label": data.label,
        "total": data.counted(export.rows),
        "written": f"{export.rows:,}",
        "expected": data.counted(export.expected),
        "columns": len(QueryDict(export.query).getlist("column")),
    }


def _again(export: Export) -> str:
    """Return the address of the same choice."""
    days = f"&from={export.start}&to={export.end}" if export.start else ""
    return f"{reverse('reports:export_choose')}?{export.query}{days}"


def _planned(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as a list shows it."""
    return {
        "schedule": schedule,
        "label": _data(schedule.data_set).label,
        "frequency": Frequency(schedule.frequency).label,
        "delivery": Delivery(schedule.delivery).label,
        "next": periods.next_day(schedule.frequency, schedule.covered_to),
        "columns": len(QueryDict(schedule.query).getlist("column")),
        "folder": delivering.folder_name(schedule.organization_id) if schedule.delivery == Delivery.FOLDER else "",
    }
