"""Fifty clicks, two tabs and two reviewers at the same moment: one wins, the others are told; and the race is real."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from pa_portal.audit.models import Event
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.submissions.models import Request, Submission
from tests.chaos.racing import at_once, without_locks
from tests.records.conftest import build_world
from tests.records.making import draft, submitted
from tests.review.desk import Desk, act_path
from tests.review.test_decide import filled

Times = Callable[[int, int], int]
Report = Callable[[str], None]
Around = Callable[[], AbstractContextManager[None]]
PARALLEL = 50


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    return build_world()


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_fifty_submits_of_one_draft_make_one(world: SimpleNamespace, times: Times, report: Report) -> None:
    rounds = times(1, 5)
    client = signed_in(world.prescriber)
    for _ in range(rounds):
        request = draft(world)
        form = {"version": request.version}
        windows = [signed_in(world.prescriber) if number % 10 == 0 else client for number in range(PARALLEL)]
        answers = at_once([partial(window.post, f"/requests/{request.pk}/check/", form) for window in windows])
        assert {(answer.status_code, answer.url) for answer in answers} == {(303, f"/requests/{request.pk}/submitted/")}
        assert Submission.objects.filter(request=request).count() == 1
        assert Event.objects.filter(action="request.submitted", object_id=str(request.pk)).count() == 1
    report(f"{PARALLEL} submits of one draft at once, {rounds} times: one submission each time")


# Two tabs


def two_tabs(world: SimpleNamespace, rounds: int, around: Around = nullcontext) -> Counter[tuple[int, ...]]:
    """Save two diagnoses from two tabs that show the same. Returns how often which answers came."""
    request, seen = draft(world), Counter[tuple[int, ...]]()
    tabs = [signed_in(world.prescriber) for _ in range(2)]
    for _ in range(rounds):
        request.refresh_from_db()
        other = {"C50.911": "C50.912", "C50.912": "C50.919", "C50.919": "C50.911"}[request.diagnosis_code]
        codes = (other, "C50.811" if request.diagnosis_code != "C50.811" else "C50.812")
        before = request.version
        with around():
            answers = at_once(
                [
                    partial(
                        tab.post,
                        f"/requests/{request.pk}/details/diagnosis/",
                        {"diagnosis_code": code, "version": before},
                    )
                    for tab, code in zip(tabs, codes, strict=True)
                ]
            )
        statuses = tuple(sorted(answer.status_code for answer in answers))
        seen[statuses] += 1
        request.refresh_from_db()
        winners = [code for code, answer in zip(codes, answers, strict=True) if answer.status_code == 303]
        assert request.diagnosis_code in winners
        for code, answer in zip(codes, answers, strict=True):
            assert answer.status_code == 303 or code in answer.content.decode(), "what the loser typed is kept"
        Request.objects.filter(pk=request.pk).update(diagnosis_code="C50.911")
    return seen


def test_of_two_tabs_one_wins_and_the_other_keeps_what_was_typed(
    world: SimpleNamespace, times: Times, report: Report
) -> None:
    rounds = times(8, 200)
    seen = two_tabs(world, rounds)
    report(f"two tabs, {rounds} rounds: {dict(seen)}")
    assert seen == {(303, 409): rounds}


def test_without_the_lock_both_tabs_win_and_one_is_lost(world: SimpleNamespace, times: Times, report: Report) -> None:
    rounds = times(4, 200)
    seen = two_tabs(world, rounds, partial(without_locks, 2))
    report(f"two tabs without the lock, {rounds} rounds: {dict(seen)}")
    assert seen == {(303, 303): rounds}, "both are told that they saved, and one of them did not"


# Two reviewers


def two_reviewers(
    world: SimpleNamespace, rounds: int, around: Around = nullcontext
) -> Counter[tuple[tuple[int, ...], int]]:
    """One approves what the other pends. Returns how often which answers came with how many decisions."""
    seen = Counter[tuple[tuple[int, ...], int]]()
    acts = {"approve": signed_in(world.reviewer), "pend": signed_in(world.second_reviewer)}
    kept: dict[str, dict[str, Any]] = {}
    for _ in range(rounds):
        request = submitted(world)
        for act, client in acts.items():
            if act not in kept:
                kept[act] = Desk(client).check(request, act, **filled(act)).hidden
        with around():
            answers = at_once(
                [
                    partial(
                        client.post, act_path(request, act), {**kept[act], "version": request.version, "step": "decide"}
                    )
                    for act, client in acts.items()
                ]
            )
        statuses = tuple(sorted(answer.status_code for answer in answers))
        decisions = Determination.objects.filter(request=request).count()
        seen[statuses, decisions] += 1
        assert Letter.objects.filter(request=request).count() == decisions
        request.refresh_from_db()
        authorized = Authorization.objects.filter(request=request).exists()
        assert decisions > 1 or authorized == (request.state == "approved")
    return seen


def test_of_two_reviewers_one_wins_and_the_other_is_told(world: SimpleNamespace, times: Times, report: Report) -> None:
    rounds = times(5, 200)
    seen = two_reviewers(world, rounds)
    report(f"two reviewers, {rounds} rounds (answers, decisions made): {dict(seen)}")
    assert seen == {((303, 409), 1): rounds}


def test_without_the_lock_both_reviewers_win(world: SimpleNamespace, times: Times, report: Report) -> None:
    rounds = times(3, 200)
    with without_unique_decisions():
        seen = two_reviewers(world, rounds, partial(without_locks, 2))
    report(f"two reviewers without the lock, {rounds} rounds (answers, decisions made): {dict(seen)}")
    assert seen == {((303, 303), 2): rounds}


@contextmanager
def without_unique_decisions() -> Iterator[None]:
    """Take away the database's own last word as well, and empty every table before it comes back."""
    constraints = [c for c in Determination._meta.constraints if c.name.endswith("_once")]
    with connection.schema_editor() as editor:
        for constraint in constraints:
            editor.remove_constraint(Determination, constraint)
    try:
        yield
    finally:
        call_command("flush", verbosity=0, interactive=False)
        with connection.schema_editor() as editor:
            for constraint in constraints:
                editor.add_constraint(Determination, constraint)
