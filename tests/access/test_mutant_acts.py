"""What each act asks of a person is dropped in turn, and must be missed. The queries show these people the records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q

from pa_portal.accounts.models import Role
from pa_portal.determinations import actions as determinations
from pa_portal.determinations import acts, assigning, deciding, worklist
from pa_portal.submissions import actions, guard, transitions
from pa_portal.submissions.actions import corrections, drafts, people
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request
from tests.access import dropping
from tests.access.dropping import Anything, Patch
from tests.determinations.conftest import build_wider_world
from tests.determinations.making import ACTS, SITUATIONS, authorization_of, in_situation, on
from tests.determinations.test_every_act import ACTORS, TABLE, attempt
from tests.records.making import PRESCRIBER

pytestmark = pytest.mark.django_db

# Other ways of doing an act of the table.
SAME = {"sign_denial": "deny", "approve_less": "approve"}
# Taking a task is no act with a request: see below.
NO_ACT = {"assign"}
# Of a draft. Signing it, and signing a correction, is tried in test_mutants; a draft is dropped by whoever sees it.
DRAFTS = {"submit", "correct", "merge", "discard"}


def test_every_act_is_tried() -> None:
    assert {SAME.get(name, name) for name in ACTS} - NO_ACT | DRAFTS == {*acts.ACTS, *transitions.TRANSITIONS}


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[SimpleNamespace, dict[str, Request]]]:
    """The people, and a request of theirs in every situation, in a transaction that is given up at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build_wider_world()
        yield world, {situation: in_situation(world, situation) for situation in SITUATIONS}
        transaction.set_rollback(True)


TRIED = [each for each in ACTS if each not in {*NO_ACT, *SAME}]


@pytest.mark.parametrize("name", TRIED)
def test_an_act_that_any_role_may_do(made: tuple[SimpleNamespace, dict[str, Request]], name: str) -> None:
    world, requests = made
    roles, situations, _ = TABLE[name]

    def refused() -> None:
        for role in ACTORS.keys() - roles:
            assert not attempt(ACTS[name], getattr(world, ACTORS[role]), requests[min(situations)]), role

    with dropping.undone():
        refused()
    with dropping.undone() as patch:
        dropping.drop_roles_of(patch, name)
        assert dropping.missed(refused), f"Every role could do this, and nobody would notice: {name}"


# What each of these is done to is there in the right states alone, so that the state is the second lock.
HELD_TWICE = {
    "return_recommendation": "a denial that is recommended",
    "schedule_peer_to_peer": "a call that was asked for",
    "close_peer_to_peer": "a call that was asked for",
    "void": "an authorization in force",
    "reissue": "a void authorization",
    "appeal": "a decision that may be appealed",
    "withdraw_appeal": "an open appeal",
    "uphold": "an open appeal",
    "overturn": "an open appeal",
    "extend": "a decision that is owed",
    "write_note": "a request that the plan sees",
}


@pytest.mark.parametrize("name", TRIED)
def test_an_act_that_any_state_allows(made: tuple[SimpleNamespace, dict[str, Request]], name: str) -> None:
    world, requests = made
    roles, situations, _ = TABLE[name]

    def refused() -> None:
        for situation in requests.keys() - situations:
            for role in roles:
                assert not attempt(ACTS[name], getattr(world, ACTORS[role]), requests[situation]), (situation, role)

    with dropping.undone():
        refused()
    with dropping.undone() as patch:
        dropping.drop_states_of(patch, name)
        if name in HELD_TWICE:
            refused()
        else:
            assert dropping.missed(refused), f"Every state would allow this, and nobody would notice: {name}"


# Acts that no table names

EVERYBODY = frozenset(Role.values)
Act = Callable[[SimpleNamespace, Request], Any]


def name_in(module: Any, name: str, value: Any) -> Callable[[Patch], object]:
    return lambda patch: patch.setattr(module, name, value)


def approve_own(world: SimpleNamespace, request: Request) -> None:
    Request.objects.filter(pk=request.pk).update(created_by=world.reviewer)
    ACTS["approve"](world.reviewer, request)


# How the check is dropped, the situation of a request, and what is not allowed then.
OTHERS: dict[str, tuple[Callable[[Patch], object], str, Act]] = {
    "starting a request": (
        name_in(drafts, "PROVIDERS", EVERYBODY),
        "submitted",
        lambda world, request: actions.start_draft(by=world.reviewer),
    ),
    "changing a request": (
        name_in(guard, "PROVIDERS", EVERYBODY),
        "pended",
        lambda world, request: actions.save_answers(**on(request, world.reviewer), answers={"line_of_therapy": 5}),
    ),
    "correcting a request": (
        name_in(corrections, "PROVIDERS", EVERYBODY),
        "submitted",
        lambda world, request: actions.start_correction(by=world.reviewer, request_id=request.pk),
    ),
    "signing a correction": (
        # The request's move and the draft's both ask.
        lambda patch: [dropping.drop_roles_of(patch, each) for each in ("correct", "merge")],
        "submitted",
        lambda world, request: correct(world, request, signed_by=world.staff),
    ),
    "starting a renewal": (
        # The draft that it starts asks too.
        lambda patch: [patch.setattr(each, "PROVIDERS", EVERYBODY) for each in (determinations, drafts)],
        "approved",
        lambda world, request: determinations.start_renewal(
            by=world.reviewer, authorization_id=authorization_of(request).pk
        ),
    ),
    "having a profile": (
        name_in(people, "Role", SimpleNamespace(PRESCRIBER=Anything())),
        "submitted",
        lambda world, request: actions.save_profile(
            by=world.staff, data={"npi": PRESCRIBER["npi"], "phone": "804-555-0170", "fax": "804-555-0171"}
        ),
    ),
    "taking a task": (
        name_in(assigning, "REVIEWERS", EVERYBODY),
        "submitted",
        lambda world, request: ACTS["assign"](world.manager, request),
    ),
    "deciding one's own request": (
        lambda patch: dropping.everywhere(patch, deciding.refuse_own_work, lambda request, by: None),
        "submitted",
        approve_own,
    ),
    "deciding on an appeal against oneself": (
        lambda patch: dropping.everywhere(patch, worklist.had_a_part, lambda user: Q(pk__in=())),
        "appealed",
        lambda world, request: ACTS["uphold"](world.director, request),
    ),
}


def correct(world: SimpleNamespace, request: Request, signed_by: Any) -> None:
    made = actions.start_correction(by=world.staff, request_id=request.pk)
    made = actions.save_answers(**on(made, world.staff), answers={"line_of_therapy": 5})
    actions.submit(**on(made, signed_by))


@pytest.mark.parametrize("name", OTHERS)
def test_another_act(made: tuple[SimpleNamespace, dict[str, Request]], name: str) -> None:
    world, requests = made
    drop, situation, act = OTHERS[name]
    request = requests[situation]

    def refused() -> None:
        try:
            act(world, request)
        except NotAllowed:
            return
        raise AssertionError(f"{name}: it was done")

    with dropping.undone():
        refused()
    with dropping.undone() as patch:
        drop(patch)
        assert dropping.missed(refused), f"Nobody would miss this check: {name}"
