"""Every permission check is dropped in turn, and must be missed. A check that nobody would miss fails here.

Behind the portal's own checks the database holds the same (docs/audit.md), so these are tried without its walls; and
with them nobody may notice that a query's own check is gone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import date, timedelta
from types import FunctionType, SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.utils import timezone

from criteria import catalog
from pa_portal.accounts import access, backend, identity, managing
from pa_portal.accounts.models import REVIEWERS, Organization, Session, User
from pa_portal.audit import acting
from pa_portal.determinations import actions
from pa_portal.determinations.models import Message, Note
from pa_portal.exports.models import Export, Schedule
from pa_portal.intake.views import decisions
from pa_portal.intake.views import people as people_pages
from pa_portal.reports import answers, daily
from pa_portal.reports import queries as reports
from pa_portal.reports.cases import Sql
from pa_portal.reports.exports import datasets
from pa_portal.reports.filters import Choice, Filters
from pa_portal.reports.impact import impact
from pa_portal.reports.models import Case
from pa_portal.review import lists, queue
from pa_portal.review.plan import views as plan_views
from pa_portal.submissions import actions as corrections
from pa_portal.submissions.models import Request
from tests.access import dropping
from tests.access.dropping import SCOPES, Anything, Patch, missed, undone
from tests.access.ids import IDS
from tests.access.matrix import ANONYMOUS, PEOPLE, PERSONAL, path_of
from tests.access.signing_in import sign_in
from tests.access.test_ids import others_are_like_none
from tests.access.test_matrix import ADDRESSES, METHODS, RULES, Door, check, door, sides
from tests.records.making import PASSWORD, day, submitted

__all__ = ["door"]
pytestmark = pytest.mark.django_db

BY_NAME = {each.name: each for each in ADDRESSES}
# Those whose own are ours, one of each kind that may open anything.
READERS = ("prescriber", "reviewer", "plan manager", "provider manager")


# Gates: who opens an address at all

# Says itself, and to everybody alike, how long the session lasts: nothing, for nobody.
NO_GATE = {"intake:session"}
LIBRARY = ("account_", "mfa_")
GATED = [
    name
    for name, rule in RULES.items()
    if rule.who != "anybody" and not name.startswith(LIBRARY) and name not in NO_GATE
]
# Pages behind the providers' gate that are a prescriber's alone, and where each asks.
PRESCRIBERS = {"intake:appeal": decisions, "intake:profile": people_pages}
ROLES = [name for name in GATED if RULES[name].who not in ("signed-in", "reader")]


def test_the_gates_left_out_are_those_of_the_library() -> None:
    """Signing in and second factors are allauth's own doors; behind them is nothing but what belongs to oneself."""
    rest = [rule for name, rule in RULES.items() if name not in GATED and rule.who != "anybody"]
    assert {rule.who for rule in rest} == {"signed-in"}
    assert {rule.what for rule in rest} <= {"-", *PERSONAL}


def nobody_gets_in(door: Door, name: str) -> None:
    path = path_of(BY_NAME[name], RULES[name], door.world, "own")
    for method, headers in (("GET", {}), ("POST", {}), ("POST", {"HX-Request": "true"})):
        answer = door.send(ANONYMOUS, method, path, **headers)
        assert answer.asks_to_sign_in or answer.status == 405, (name, method, answer.status)


def the_wrong_role_is_refused(door: Door, name: str) -> None:
    rule = RULES[name]
    for person in (each for each in ("staff", *READERS) if not rule.lets(each)):
        for method in METHODS:
            answer = door.send(person, method, path_of(BY_NAME[name], rule, door.world, sides(person)[0]))
            assert answer.refuses, (name, person, method, answer.status)


@pytest.mark.parametrize("name", GATED)
def test_an_address_that_asks_nobody_to_sign_in(door: Door, name: str) -> None:
    nobody_gets_in(door, name)
    with undone() as patch:
        dropping.drop_signing_in(patch, name)
        assert missed(lambda: nobody_gets_in(door, name)), f"{name} would open to anybody, and nobody would notice."


@pytest.mark.parametrize("name", ROLES)
def test_an_address_that_asks_for_no_role(door: Door, name: str) -> None:
    """Where the wrong role does not see the record either, the gate is the second lock: then both are taken away."""
    the_wrong_role_is_refused(door, name)
    with undone() as patch:
        dropping.take_walls_down(patch)
        dropping.drop_role(patch, name)
        if name in PRESCRIBERS:
            patch.setattr(PRESCRIBERS[name], "Role", SimpleNamespace(PRESCRIBER=Anything()))
        if RULES[name].who == "privacy-officer":
            dropping.everywhere(patch, access.may_export_audit, lambda user: True)
        if missed(lambda: the_wrong_role_is_refused(door, name)):
            return
        for each in SCOPES:
            dropping.drop_scope(patch, each)
        assert missed(lambda: the_wrong_role_is_refused(door, name)), f"{name} would open to every role."


# Scopes: whose rows a query finds


def theirs(row: Any, user: User) -> bool:
    if isinstance(row, (Export, Schedule)):
        return row.owner_id == user.pk
    about = getattr(row, "request", row)
    return user.organization_id in (about.organization_id, getattr(about, "plan_id", None))


def nobody_elses_rows(door: Door, function: Callable[..., Any], *, walls: bool) -> None:
    """Ask as everybody. ``walls``: with only the rows that the database lets this person see."""
    for person in (*READERS, "other prescriber", "other plan manager"):
        user = getattr(door.world, PEOPLE[person])
        with acting.as_person(user) if walls else nullcontext():
            rows = list(function(user))
        strange = [row for row in rows if not theirs(row, user)]
        assert not strange, f"{function.__name__} shows {person} what is not theirs: {strange[0]!r}"


def another_record_is_like_none(door: Door, name: str) -> None:
    rule, address = RULES[name], BY_NAME[name]
    for person in (each for each in READERS if rule.lets(each)):
        own, foreign = sides(person)
        answers = {
            (whose, method): door.send(person, method, path_of(address, rule, door.world, whose))
            for whose in ((own, foreign, "missing") if rule.what != "-" else (own,))
            for method in METHODS
        }
        check(door, address, rule, person, answers)


def notes_are_the_plans(door: Door, *, walls: bool) -> None:
    world = door.world
    request = Request.objects.get(pk=world.records["own"]["request"]["pk"])
    actions.write_note(by=world.reviewer, request_id=request.pk, body="Ask the pharmacist.")
    assert Note.objects.filter(request=request).exists()
    for person in ("prescriber", "clinic_manager", "other_reviewer"):
        user = getattr(world, person)
        with acting.as_person(user) if walls else nullcontext():
            assert not current("notes_for")(user, request), person


def corrections_are_the_practices(door: Door, *, walls: bool) -> None:
    world = door.world
    other = {"prescriber": world.other_prescriber, "staff": world.other_staff, "plan": world.other_plan}
    request = submitted(SimpleNamespace(**{**vars(world), **other}))
    draft = corrections.start_correction(by=world.other_prescriber, request_id=request.pk)
    draft = corrections.save_answers(
        by=world.other_prescriber, request_id=draft.pk, version=draft.version, answers={"line_of_therapy": 5}
    )
    corrections.submit(by=world.other_prescriber, request_id=draft.pk, version=draft.version)
    find = current("submission_of_correction")
    assert find(world.other_prescriber, draft.pk)
    for person in ("prescriber", "staff", "reviewer"):
        user = getattr(world, person)
        with acting.as_person(user) if walls else nullcontext():
            assert find(user, draft.pk) is None, person


def current(name: str) -> Callable[..., Any]:
    """The query as the portal knows it now."""
    function = SCOPES[name].function
    return getattr(inspect.getmodule(function), name)  # type: ignore[no-any-return]


def lists_rows(function: Callable[..., Any]) -> bool:
    needed = [each for each in inspect.signature(function).parameters.values() if each.default is each.empty]
    return len(needed) == 1 and str(function.__annotations__["return"]).startswith("QuerySet")


# Fields that name what a query finds.
NAMED = {("patient", "patients_for"), ("prescriber", "prescribers_for"), ("to", "colleagues"), ("person", "people_of")}


def scope_holds(door: Door, name: str, *, walls: bool) -> None:
    if name == "notes_for":
        notes_are_the_plans(door, walls=walls)
    if name == "submission_of_correction":
        corrections_are_the_practices(door, walls=walls)
    if name == "unread":
        write_messages(door)
    if lists_rows(SCOPES[name].function):
        nobody_elses_rows(door, current(name), walls=walls)
    for named in IDS:
        if (named.field, name) in NAMED:
            others_are_like_none(door, named)
    for place in SCOPES[name].places:
        another_record_is_like_none(door, place)


def write_messages(door: Door) -> None:
    world = door.world
    for whose, people in (
        ("own", (world.prescriber, world.reviewer)),
        ("foreign", (world.other_prescriber, world.other_reviewer)),
    ):
        for by in people:
            actions.send_message(by=by, request_id=world.records[whose]["request"]["pk"], body="When was it given?")
    assert Message.objects.count() >= 4


@pytest.mark.parametrize("name", SCOPES)
def test_a_query_that_finds_everybodys_rows(door: Door, name: str) -> None:
    with undone() as patch:
        dropping.take_walls_down(patch)
        scope_holds(door, name, walls=False)
    with undone() as patch:
        dropping.take_walls_down(patch)
        dropping.drop_scope(patch, name)
        assert missed(lambda: scope_holds(door, name, walls=False)), f"Nobody would miss the scope of {name}."
    if SCOPES[name].walled:
        with undone() as patch:
            dropping.drop_scope(patch, name)
            scope_holds(door, name, walls=True)


# Functions that start from a person, and are none of these nor made of one.
NO_SCOPE = {
    "determinations.correspondents.side_of": "which side the person is on",
    "determinations.correspondents.with_unread": "marks the requests that it is given",
    "determinations.correspondents._marked_new": "a condition on tasks, not the tasks",
    "determinations.correspondents.lock_new": "of a request that its caller has found for the person",
    "determinations.worklist.had_a_part": "a condition on tasks, not the tasks",
    "determinations.worklist._whose": "a condition on tasks, not the tasks",
    "review.queue.open_ones": "narrows the requests that it is given",
    "exports.queries._may": "whether a role has files at all; what asks it is above",
    "reports.queries._organizations": "names for a filter; below",
    "reports.queries._reviewers": "names for a filter; below",
    "reports.queries._assignees": "names for a filter; below",
    "reports.queries.options": "made of the three before",
    "reports.filters.filters_for": "names of filters",
    "reports.filters.is_plan": "which kind of organization the person's is",
    "reports.impact.impact": "reads what answers.Reader finds; below",
    "reports.exports.choosing.stored": "a choice, whose rows are read by what is made of cases",
    "reports.access_looks.about_person": "about one of people_of; the database holds it as well",
    "reports.exports.datasets.columns_for": "names of columns",
    "reports.exports.datasets.filters_of": "names of filters",
    "reports.exports.datasets.data_sets": "names of files; who may have the audit trail is below",
    "reports.exports.datasets._of_audit": "below",
}


def test_every_query_that_starts_from_a_person_is_dropped_or_made_of_one() -> None:
    rest = {name: known for name, known in dropping.readers().items() if name not in NO_SCOPE}
    known = set(SCOPES)
    assert {each.rpartition(".")[2] for each in rest} >= known
    while made := {name for name, function in rest.items() if function.__name__ in known or calls(function, known)}:
        known |= {rest.pop(name).__name__ for name in made}
    assert not rest, (
        f"These start from a person, and nothing drops their scope: {sorted(rest)}. Add each to SCOPES in "
        "tests/access/dropping.py with the addresses that show it, or to NO_SCOPE with the reason."
    )


def calls(function: FunctionType, names: set[str]) -> bool:
    return re.search(rf"\b({'|'.join(names)})\(", inspect.getsource(function)) is not None


# Everything else


def staff_signs_nothing(door: Door) -> None:
    draft = Request.objects.get(pk=door.world.records["own"]["draft"]["pk"])
    answer = door.send("staff", "POST", f"/requests/{draft.pk}/check/", {"version": draft.version})
    assert "/submitted/" not in dict(answer.headers).get("Location", "")


def settings_are_the_plans(door: Door) -> None:
    assert door.send("provider manager", "GET", "/plan/").refuses


def lists_are_read_alone(door: Door) -> None:
    request = RequestFactory().get("/")
    for person in ("prescriber", "manager", "reviewer", "director"):
        request.user = getattr(door.world, person)
        # What a library registers has no address here: each would be without a line in matrix.txt.
        for each in (one for one in admin.site._registry.values() if isinstance(one, lists.ReadOnlyAdmin)):
            assert not each.has_add_permission(request)
            assert not each.has_change_permission(request)
            assert not each.has_delete_permission(request)
            assert each.has_view_permission(request) is request.user.is_staff
            assert each.has_module_permission(request) is request.user.is_staff


def the_audit_trail_needs_a_privacy_officer(door: Door) -> None:
    assert door.send("other plan manager", "GET", "/reports/exports/new/?data=audit").refuses
    assert "audit" not in {data.name for data in datasets.data_sets(door.world.other_manager)}


def the_audit_trail_is_ones_own(door: Door) -> None:
    user = User.objects.get(pk=door.world.manager.pk)
    user.is_privacy_officer = True
    found = reports.fetch(datasets.select(user, datasets.BY_NAME["audit"], Filters(), "e.organization_id, e.actor_id"))
    own = set(User.objects.filter(organization=user.organization_id).values_list("pk", flat=True))
    assert found
    assert all(row["organization_id"] == user.organization_id or row["actor_id"] in own for row in found)


def everybodys_audit(user: User) -> Sql:
    return Sql("FROM audit_event e LEFT JOIN accounts_organization eo ON eo.id = e.organization_id WHERE true", {})


def sums_are_the_plans(door: Door) -> None:
    daily.fold()
    world = door.world
    for user, practice in ((world.manager, world.clinic), (world.other_manager, world.other_clinic)):
        rows = daily.read(user, Filters())
        assert {value for facet, value, *_ in rows if facet == "organization"} == {str(practice.pk)}


def everybodys_sums(user: User, filters: Filters) -> Sql:
    found = _kept(user, filters)
    return Sql(found.text.replace("d.plan_id = %(mine)s", "true"), found.params)


_kept = daily._kept


def packed_cases_are_ones_own(door: Door) -> None:
    daily.fold()
    world = door.world
    for user, side in ((world.manager, "plan_id"), (world.clinic_manager, "organization_id")):
        rows = daily.read(user, Filters(chosen={"pathway": "none"}), keys=(), facets=False)
        own = Case.objects.filter(**{side: user.organization_id})
        assert sum(row[2] for row in rows) == own.filter(pathways=[]).count()
        rows = daily.read(user, Filters(), keys=(), facets=False)
        assert sum(row[2] for row in rows) == own.count() > 0


def answers_are_the_plans(door: Door) -> None:
    daily.fold()
    ever = date(2020, 1, 1), date(2100, 1, 1)
    for user in (door.world.manager, door.world.other_manager):
        sent = Case.objects.filter(plan_id=user.organization_id).count()
        assert impact(user, catalog.latest("IC-0072"), *ever).size == sent > 0


def names_no_other(field: str) -> Callable[[Door], None]:
    """A probe: an id of another's in this field is like nobody's."""
    named = next(each for each in IDS if each.field == field)
    return lambda door: others_are_like_none(door, named)


def everybody(model: Any) -> Callable[[User], tuple[Choice, ...]]:
    return lambda user: tuple(Choice(str(one.pk), "Somebody") for one in model.objects.all())


def second_factor_is_asked_for(door: Door) -> None:
    for person in ("prescriber", "reviewer", "plan manager"):
        answer = door.send(person, "GET", "/accounts/second-factor/")
        assert answer.status == 200
        assert door.send(person, "GET", "/requests/" if person == "prescriber" else "/reports/").status == 302


def people_are_the_managers(door: Door) -> None:
    """Whoever is none, or no more, whatever their page was made for."""
    world = door.world
    for by in (world.staff, world.prescriber):
        with suppress(PermissionDenied):
            managing.deactivate(by=by, person_id=world.colleague.pk)
        assert User.objects.get(pk=world.colleague.pk).is_active


def nobody_acts_unconfirmed_on_people(door: Door) -> None:
    Session.objects.update(started_at=timezone.now() - timedelta(minutes=6))
    world = door.world
    for person, colleague in (("provider manager", world.colleague), ("plan manager", world.second_reviewer)):
        answer = door.send(person, "POST", f"/people/{colleague.pk}/deactivate/")
        assert dict(answer.headers)["Location"].startswith("/accounts/confirm/")


def who_is_deactivated_stays_out(door: Door) -> None:
    User.objects.filter(pk=door.world.colleague.pk).update(is_active=False)
    assert sign_in(Client(), "ben@portal.example", PASSWORD).status_code == 422


def a_wrong_password_opens_nothing(door: Door) -> None:
    assert sign_in(Client(), "ben@portal.example", "not the password").status_code == 422


def signing_is_confirmed(what: str, path: str, person: str, typed: dict[str, Any]) -> Callable[[Door], None]:
    """A probe: five minutes after signing in, this asks who is there before anything is written."""

    def probe(door: Door) -> None:
        Session.objects.update(started_at=timezone.now() - timedelta(minutes=6))
        request = Request.objects.get(pk=door.world.records["own"][what]["pk"])
        answer = door.send(person, "POST", path.format(request.pk), {"version": request.version, **typed})
        assert dict(answer.headers)["Location"].startswith("/accounts/confirm/")

    return probe


REASON = {"reasons": "her2_negative", "sentence-her2_negative": "It shows 3+.", "rationale": "The addendum."}


def setting(target: Any, name: str, value: Any) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(target, name, value)


CONFIRMED = {
    "submit": ("draft", "/requests/{}/check/", "prescriber", {}),
    "respond": ("pended", "/requests/{}/respond/", "prescriber", {"response": "Here it is."}),
    "appeal": (
        "denied",
        "/requests/{}/appeal/",
        "prescriber",
        {"grounds": "The report was exchanged.", "urgency": "standard"},
    ),
    "approve": (
        "request",
        "/admin/submissions/request/{}/approve/",
        "reviewer",
        {"start": day(7), "rationale": "The addendum.", "step": "decide"},
    ),
    "recommend": ("request", "/admin/submissions/request/{}/recommend/", "reviewer", {**REASON, "step": "decide"}),
    "deny": ("request", "/admin/submissions/request/{}/deny/", "director", {**REASON, "step": "decide"}),
}
Check = tuple[Callable[[Patch], None], Callable[[Door], None]]
OTHERS: dict[str, Check] = {
    "only a prescriber signs": (lambda patch: dropping.drop_roles_of(patch, "submit"), staff_signs_nothing),
    "settings are a plan's": (
        setting(plan_views, "Organization", SimpleNamespace(Kind=SimpleNamespace(PLAN=Anything()))),
        settings_are_the_plans,
    ),
    **{
        f"lists: {act}": (
            setting(lists.ReadOnlyAdmin, f"has_{act}_permission", lambda self, *given: True),
            lists_are_read_alone,
        )
        for act in ("add", "change", "delete", "view", "module")
    },
    "the audit trail": (
        lambda patch: dropping.everywhere(patch, access.may_export_audit, lambda user: True),
        the_audit_trail_needs_a_privacy_officer,
    ),
    "the audit trail's rows": (setting(datasets, "_of_audit", everybodys_audit), the_audit_trail_is_ones_own),
    "sums by the day": (setting(daily, "_kept", everybodys_sums), sums_are_the_plans),
    "packed cases": (
        setting(daily, "_PACKED_FOR", {True: ("true", "true"), False: ("true", "true")}),
        packed_cases_are_ones_own,
    ),
    "packed answers": (setting(answers, "_MINE", "true"), answers_are_the_plans),
    **{
        f"filter: {name}": (setting(reports, function, everybody(model)), names_no_other(name))
        for name, function, model in (
            ("organization", "_organizations", Organization),
            ("reviewer", "_reviewers", User),
            ("assignee", "_assignees", User),
        )
    },
    "who makes a call": (
        setting(queue, "clinicians", lambda plan_id: User.objects.filter(role__in=REVIEWERS)),
        names_no_other("clinician"),
    ),
    "second factor": (setting(identity, "has_second_factor", lambda request: True), second_factor_is_asked_for),
    "people": (setting(managing, "_take_charge", lambda by: None), people_are_the_managers),
    "confirming: people": (setting(identity, "require", lambda request: None), nobody_acts_unconfirmed_on_people),
    "deactivated": (
        setting(backend.Backend, "user_can_authenticate", lambda self, user: True),
        who_is_deactivated_stays_out,
    ),
    "password": (setting(User, "check_password", lambda self, password: True), a_wrong_password_opens_nothing),
    **{
        f"confirming: {name}": (setting(identity, "require", lambda request: None), signing_is_confirmed(*how))
        for name, how in CONFIRMED.items()
    },
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_checks(door: Door, settings: Any, name: str) -> None:
    drop, probe = OTHERS[name]
    settings.MFA_REQUIRED = name == "second factor"
    with undone():
        probe(door)
    with undone() as patch:
        drop(patch)
        assert missed(lambda: probe(door)), f"Nobody would miss this check: {name}"
