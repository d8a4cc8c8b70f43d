"""Where a query or a form's body names a record or a person by an id, and what else has to be sent with it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from pa_portal.determinations import actions as determinations
from pa_portal.determinations.models import Task
from pa_portal.submissions.models import Request
from pa_portal.submissions.numbers import REFERENCE
from tests.determinations.making import ask_for_call
from tests.records.making import PATIENT, day


@dataclass(frozen=True, slots=True)
class Named:
    """One place for an id. ``told``: the status for an id of one's own, and ``refused`` for any other.

    ``own`` and ``foreign`` give the id from the world, and ``nobodys`` one of the same shape that no record has.
    ``about``: the kind of record that the address is of, always one's own. ``beside``: what else is sent.
    ``prepare`` makes, before, what the world lacks.
    """

    address: str
    field: str
    person: str
    own: Callable[[SimpleNamespace], Any]
    foreign: Callable[[SimpleNamespace], Any]
    told: int
    refused: int
    method: str = "POST"
    about: str = "-"
    takes: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)
    nobodys: Callable[[], Any] = uuid.uuid4
    prepare: Callable[[SimpleNamespace], None] | None = None

    @property
    def name(self) -> str:
        return f"{self.address}-{self.field}"


def record(kind: str, key: str = "id") -> dict[str, Callable[[SimpleNamespace], Any]]:
    """The id of a record of this kind, on either side."""
    return {whose: lambda world, whose=whose: world.records[whose][kind][key] for whose in ("own", "foreign")}


def people(own: str, foreign: str) -> dict[str, Callable[[SimpleNamespace], Any]]:
    """The id of a person or an organization, by what the world calls each."""
    return {
        "own": lambda world: getattr(world, own).pk,
        "foreign": lambda world: getattr(world, foreign).pk,
    }


def reference(kind: str) -> dict[str, Callable[[SimpleNamespace], Any]]:
    """The number of a request, as people read it aloud."""
    found = record(kind, "pk")
    return {
        whose: lambda world, pick=pick: Request.objects.get(pk=pick(world)).reference for whose, pick in found.items()
    }


def wants_call(world: SimpleNamespace) -> None:
    ask_for_call(world, Request.objects.get(pk=world.records["own"]["request"]["pk"]))


def both_have_tasks(world: SimpleNamespace) -> None:
    for side, by in (("own", world.reviewer), ("foreign", world.other_reviewer)):
        task = Task.objects.get(request_id=world.records[side]["request"]["pk"], stopped_at__isnull=True)
        determinations.assign_to_me(by=by, task_id=task.pk)


_SEEN = {"by": "any"}
_FILE = {"data": "requests", "form": "csv", "for": "requests", "column": "reference"}
_WEEKLY = {"data": "requests", "by": "submitted", "for": "requests", "column": "reference", "form": "csv",
           "frequency": "weekly", "delivery": "email"}  # fmt: skip
# Who is in a plan's filters: practices that sent it something, its own people who decided or have something to decide.
_FILTERS: dict[str, dict[str, Any]] = {
    "organization": people("clinic", "other_clinic"),
    "reviewer": people("director", "other_director"),
    "assignee": {**people("reviewer", "other_reviewer"), "prepare": both_have_tasks},
}
_FILTERED: tuple[tuple[str, str, dict[str, Any], int], ...] = (
    # address, method, what is sent beside, the status for one's own
    ("reports:requests", "GET", _SEEN, 200),
    ("reports:requests_csv", "GET", _SEEN, 200),
    ("reports:requests_xlsx", "GET", _SEEN, 200),
    ("reports:export_choose", "GET", _SEEN, 200),
    ("reports:export_csv", "GET", _SEEN, 200),
    ("reports:export_xlsx", "GET", _SEEN, 200),
    ("reports:export_dictionary", "GET", _SEEN, 200),
    ("reports:export_plan", "GET", {}, 200),
    ("reports:export_start", "POST", _FILE, 302),
    ("reports:export_schedule", "POST", _WEEKLY, 302),
)

IDS: tuple[Named, ...] = (
    # A practice's own patients and prescribers; plans are everybody's, and another practice is none
    Named("intake:start", "patient", "prescriber", **record("patient"), told=303, refused=404),
    Named("intake:use_patient", "patient", "prescriber", **record("patient"), told=303, refused=404, about="draft"),
    Named(
        "intake:use_prescriber", "prescriber", "prescriber", **record("prescriber"),
        told=303, refused=404, about="draft",
    ),
    Named(
        "intake:details", "plan", "prescriber", **people("plan", "other_clinic"), told=303, refused=422, about="draft",
        takes={"slug": "patient"}, beside={**PATIENT, "date_of_birth": "02/29/1968", "confirmed": "1"},
    ),
    # A plan's own people
    Named(
        "admin:submissions_request_reassign", "to", "director", **people("second_director", "other_director"),
        told=303, refused=303, about="request",
    ),
    Named(
        "admin:submissions_request_schedule", "clinician", "director", **people("second_director", "other_director"),
        told=303, refused=422, about="request", prepare=wants_call,
        beside={"call_date": day(3), "call_time": "2:30 PM", "events": "0", "step": "decide"},
    ),
    # A plan's letters to mail
    *(
        Named(
            f"admin:determinations_letter_{address}", "letter", "reviewer", **record("letter", "letter_id"),
            told=told, refused=refused,
        )
        for address, told, refused in (("print", 200, 303), ("print_pdf", 200, 404), ("print_mailed", 303, 404))
    ),
    Named(
        "reports:access", "person", "plan manager", **people("director", "other_director"), told=303, refused=422,
        beside={"about": "person", "from": day(-7), "to": day(0)},
    ),
    # Filters of a plan's reports
    *(
        Named(address, name, "plan manager", told=told, refused=422, method=method, beside=beside, **how)
        for address, method, beside, told in _FILTERED
        for name, how in _FILTERS.items()
    ),
    *(
        Named("reports:home", name, "plan manager", told=200, refused=422, method="GET", **_FILTERS[name])
        for name in ("organization", "reviewer")
    ),
    # Numbers of requests, and of members
    Named(
        "admin:submissions_request_find", "words", "reviewer", **reference("request"), nobodys=REFERENCE.new,
        told=303, refused=200,
    ),
    Named(
        "admin:submissions_request_changelist", "q", "reviewer", **reference("request"), nobodys=REFERENCE.new,
        told=200, refused=200, method="GET",
    ),
)  # fmt: skip
