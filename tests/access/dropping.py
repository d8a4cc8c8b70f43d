"""Taking permission checks away, one at a time, to see who misses them."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FunctionType, SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse

from pa_portal.accounts import access, admin_site
from pa_portal.accounts import queries as accounts
from pa_portal.accounts.models import REVIEWERS, Role, User
from pa_portal.audit import acting
from pa_portal.determinations import acts, correspondents, exporting, worklist
from pa_portal.determinations import queries as determinations
from pa_portal.determinations.models import Appeal, Authorization, Letter, Message, Note, Task
from pa_portal.exports import queries as exports
from pa_portal.exports.models import Export, Schedule
from pa_portal.reports import cases
from pa_portal.review import queue
from pa_portal.submissions import transitions
from pa_portal.submissions.models import Attachment, Patient, Prescriber, Request, State, Submission
from pa_portal.submissions.queries import attachments, people, requests, scope, sent

Patch = pytest.MonkeyPatch

# What reads for a person besides modules called "queries" and all of the reports.
MODULES = (correspondents, exporting, worklist, queue)
READING = re.compile(r"pa_portal\.(reports\.|(\w+\.)+queries\b)")


@contextmanager
def undone() -> Iterator[Patch]:
    """Patches and writes for the block alone. A query compiled while a check was missing goes too."""
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        requests._one_request.cache_clear()
        yield patch
        transaction.set_rollback(True)
    requests._one_request.cache_clear()


def missed(probe: Callable[[], None]) -> bool:
    """Whether a probe sees that something is wrong; a view that cannot go on without its check has seen it too."""
    try:
        with transaction.atomic():
            probe()
    except Exception:
        return True
    return False


def everywhere(patch: Patch, function: Any, instead: Any) -> None:
    """Put ``instead`` wherever a module of the portal knows ``function`` by a name."""
    for name, module in list(sys.modules.items()):
        if name.startswith("pa_portal"):
            for known, value in list(vars(module).items()):
                if value is function:
                    patch.setattr(module, known, instead)


def take_walls_down(patch: Patch) -> None:
    """Serve pages with the tests' own sight of every row, so that the portal's own checks are alone.

    Pages still say who looks, and the record is still written.
    """
    enter = acting.enter

    def enter_without(*given: Any, **named: Any) -> None:
        enter(*given, **named)
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('role', 'none', true)")

    patch.setattr("django.conf.settings.STEP_DOWN_FIRST", False)
    patch.setattr(acting, "enter", enter_without)


class Anything:
    """Equal to whatever it is compared with."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


# The gate of an address


def at(request: HttpRequest, name: str) -> bool:
    return request.resolver_match is not None and request.resolver_match.view_name == name


def drop_signing_in(patch: Patch, name: str) -> None:
    """The address opens without asking anybody to sign in."""
    ask = access.ask_to_sign_in

    def let_in(request: HttpRequest) -> HttpResponse:
        return HttpResponse("in") if at(request, name) else ask(request)

    patch.setattr(access, "ask_to_sign_in", let_in)
    patch.setattr(admin_site, "ask_to_sign_in", let_in)


def drop_role(patch: Patch, name: str) -> None:
    """The address opens to everybody who is signed in."""
    refusal, has_permission = access.refusal, admin_site.PortalAdminSite.has_permission
    everybody = frozenset(Role.values)
    patch.setattr(access, "refusal", lambda request, roles: refusal(request, everybody if at(request, name) else roles))
    patch.setattr(
        admin_site.PortalAdminSite,
        "has_permission",
        lambda self, request: at(request, name) or has_permission(self, request),
    )


# What may be done with a request


def drop_roles_of(patch: Patch, act: str) -> None:
    """Everybody may do this with a request that they see."""

    def without(require: Callable[..., Any], roles: frozenset[str]) -> Callable[..., Any]:
        allowed = SimpleNamespace(is_active=True, role=Role.DIRECTOR if Role.DIRECTOR in roles else min(roles))
        return lambda name, by, request: require(name, by=allowed if name == act else by, request=request)

    of_portal, of_request = acts.require, transitions.require
    if act in transitions.TRANSITIONS:
        everywhere(patch, of_request, without(of_request, transitions.TRANSITIONS[act].roles))
        everywhere(patch, of_portal, without(of_portal, transitions.TRANSITIONS[act].roles))
    else:
        everywhere(patch, of_portal, without(of_portal, acts.ACTS[act].roles))


def drop_states_of(patch: Patch, act: str) -> None:
    """This may be done with a request in any state."""
    table = transitions.TRANSITIONS if act in transitions.TRANSITIONS else acts.ACTS
    patch.setitem(table, act, replace(table[act], sources=frozenset(State)))


# Queries that start from a person


@dataclass(frozen=True, slots=True)
class Scope:
    """A query that says itself whose rows they are. ``open``: the same of everybody's rows.

    ``places``: the addresses that show it. ``walled``: whether the database holds it too; where it does not, nothing of
    a patient is in the rows.
    """

    function: Callable[..., Any]
    open: Callable[..., Any]
    places: tuple[str, ...] = ()
    walled: bool = True


def _every(model: Any, *joined: str) -> Callable[..., Any]:
    return lambda user, *rest, **named: model.objects.select_related(*joined).order_by("pk")


_cases = cases.cases


def _all_cases(user: User) -> Any:
    manager = SimpleNamespace(is_active=True, role=Role.MANAGER, organization_id=None, organization=user.organization)
    found = _cases(manager)
    return type(found)(re.sub(r"c\.(plan|organization)_id = %\(mine\)s", "true", found.text), found.params)


SCOPES = {
    one.function.__name__: one
    for one in (
        Scope(
            scope.visible_to,
            _every(Request),
            ("intake:dashboard", "intake:submitted", "admin:submissions_request_changelist"),
        ),
        Scope(
            requests.request_for,
            lambda user, id, people=(): Request.objects.get(pk=scope.as_id(id)),
            ("intake:request", "admin:submissions_request_change"),
        ),
        Scope(sent.submission_of_correction, lambda user, id: Submission.objects.filter(correction=id).first()),
        Scope(
            attachments.attachments_for,
            _every(Attachment, "request", "uploaded_by"),
            ("intake:document", "admin:submissions_request_document"),
        ),
        Scope(people.patients_for, _every(Patient), ("intake:patients",)),
        Scope(people.prescribers_for, _every(Prescriber), walled=False),
        Scope(
            determinations.letters_for,
            _every(Letter, "request", "determination"),
            ("correspondence:letter", "correspondence:letter_pdf"),
        ),
        Scope(
            determinations.authorizations_for,
            _every(Authorization, "request", "patient", "plan", "determination"),
            ("intake:renew",),
        ),
        Scope(determinations.appeals_for, _every(Appeal, "request", "determination"), ("intake:withdraw_appeal",)),
        Scope(worklist.tasks_for, _every(Task, "request")),
        Scope(
            correspondents.notes_for,
            lambda user, request: list(Note.objects.filter(request=request).select_related("author")),
        ),
        Scope(correspondents.unread, _every(Message, "request")),
        Scope(exports.exports_of, _every(Export, "owner"), ("reports:export", "reports:export_cancel"), walled=False),
        Scope(exports.schedules_of, _every(Schedule, "owner"), ("reports:schedule_delete",), walled=False),
        Scope(queue.colleagues, lambda user: User.objects.filter(role__in=REVIEWERS).order_by("pk"), walled=False),
        Scope(accounts.people_of, _every(User), ("reports:access_person", "people:person"), walled=False),
        Scope(cases.cases, _all_cases, ("reports:requests", "reports:export_csv", "reports:case")),
    )
}


def drop_scope(patch: Patch, name: str) -> None:
    everywhere(patch, SCOPES[name].function, SCOPES[name].open)
    requests._one_request.cache_clear()


def readers() -> dict[str, FunctionType]:
    """Every function of the portal's reading that starts from a person, by module and name."""
    named = [module for name, module in sys.modules.items() if READING.match(name)]
    found = {}
    for module in (*named, *MODULES):
        for name, known in vars(module).items():
            if isinstance(known, FunctionType) and known.__module__ == module.__name__:
                first = next(iter(inspect.signature(known).parameters), "")
                if first in ("user", "reviewer"):
                    found[f"{module.__name__.removeprefix('pa_portal.')}.{name}"] = known
    return found
