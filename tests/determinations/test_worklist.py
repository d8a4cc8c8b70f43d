"""The queue: what is in it, in which order, who takes what, and that it is one query however long it is."""

from __future__ import annotations

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from pa_portal.audit.models import Event
from pa_portal.determinations import actions, queries
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import Task
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request
from tests.determinations.conftest import build_wider_world
from tests.determinations.making import in_situation, on, recommend
from tests.records.making import draft, in_state, submitted

HOUR = datetime.timedelta(hours=1)


def move_due(request: Request, hours: int) -> None:
    Task.objects.filter(request=request, stage="request").update(due_at=timezone.now() + hours * HOUR)


def test_it_is_in_the_order_of_time_left(world: SimpleNamespace) -> None:
    for situation in ("draft", "approved", "denied", "withdrawn"):
        in_state(world, situation)
    requests = [submitted(world) for _ in range(3)]
    for request, hours in zip(requests, (30, -2, 5), strict=True):
        move_due(request, hours)
    waiting = in_state(world, "pended")
    rows = list(queries.worklist(world.reviewer))
    assert rows == [requests[1], requests[2], requests[0], waiting]
    assert [row.overdue for row in rows] == [True, False, False, False]
    assert [row.time_left < 0 * HOUR for row in rows] == [True, False, False, False]
    assert rows[3].paused_until == queries.task_of(waiting).resumes_at
    assert rows[0].paused_until is None
    assert rows[0].recommendation == "meets"


def test_its_numbers_are_the_tasks_own(world: SimpleNamespace) -> None:
    requests = [in_situation(world, name) for name in ("submitted", "pended", "approved", "denied")]
    now = timezone.now() + 400 * HOUR
    rows = {row.pk: row for row in queries.with_clock(Request.objects.all(), now=now)}
    for request in requests:
        row, task = rows[request.pk], queries.task_of(request)
        assert (row.time_left, row.overdue, row.due_at) == (task.left(now), task.overdue(now), task.due_at)
    assert rows[requests[0].pk].overdue
    assert not rows[requests[2].pk].overdue


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_what_nobody_owes_has_no_time_left(world: SimpleNamespace, state: str) -> None:
    row = queries.with_clock(Request.objects.filter(pk=in_state(world, state).pk)).get()
    assert (row.time_left, row.overdue) == (None, None)


def test_mine_unassigned_and_the_directors(world: SimpleNamespace) -> None:
    mine, theirs, free, for_director = (submitted(world) for _ in range(4))
    actions.assign_to_me(by=world.reviewer, task_id=queries.task_of(mine).pk)
    actions.assign_to_me(by=world.second_reviewer, task_id=queries.task_of(theirs).pk)
    recommend(world, for_director)
    wanted = {
        "all": {mine, theirs, free, for_director},
        "mine": {mine},
        "unassigned": {free},
        "director": {for_director},
    }
    for whose, expected in wanted.items():
        assert set(queries.worklist(world.reviewer, whose)) == expected
        assert {task.request for task in queries.open_tasks(world.reviewer, whose)} == expected
    (row,) = queries.worklist(world.reviewer, "mine")
    assert (row.assignee_id, row.assignee_first_name, row.awaiting_director) == (world.reviewer.pk, "Dora", False)
    for name in ("prescriber", "staff", "manager", "clinic_manager", "other_reviewer", "other_director"):
        assert not queries.worklist(getattr(world, name)).exists(), name
    for name in ("prescriber", "staff", "clinic_manager", "other_reviewer"):
        assert not queries.open_tasks(getattr(world, name)).exists(), name
    assert queries.open_tasks(world.manager).count() == 4


def test_appeals_are_tasks_too(world: SimpleNamespace) -> None:
    request = in_situation(world, "appealed")
    (task,) = queries.open_tasks(world.director)
    assert (task.stage, task.request) == ("appeal", request)
    assert queries.appeals_for(world.prescriber).get().task == task


@pytest.mark.parametrize("whose", ["all", "mine", "unassigned", "director"])
def test_a_page_of_it_is_one_query_that_sorts_nothing(
    world: SimpleNamespace, whose: str, django_assert_num_queries
) -> None:
    for _ in range(3):
        submitted(world)
    with django_assert_num_queries(1):
        for row in queries.worklist(world.reviewer, whose)[:50]:
            assert row.patient.full_name, row.organization.name
    # As with many rows, where reading them all and sorting costs more.
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin", "material"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    plan = queries.worklist(world.reviewer, whose)[:50].explain()
    assert "Index Scan using task_" in plan
    assert "Sort" not in plan


# Taking


def test_taking_the_next_gives_the_most_urgent_that_is_free(world: SimpleNamespace) -> None:
    first, second, third = (submitted(world) for _ in range(3))
    for request, hours in ((first, 50), (second, 3), (third, 20)):
        move_due(request, hours)
    in_state(world, "pended")
    taken = [actions.take_next(by=by).request for by in (world.reviewer, world.second_reviewer, world.reviewer)]
    assert taken == [second, third, first]
    assert actions.take_next(by=world.reviewer) is None
    assert Event.objects.filter(action="task.assigned").count() == 3


def test_a_director_gets_recommended_denials_first_and_a_reviewer_never(world: SimpleNamespace) -> None:
    plain, recommended = submitted(world), submitted(world)
    move_due(plain, 1)
    recommend(world, recommended)
    assert actions.take_next(by=world.second_reviewer).request == plain
    assert actions.take_next(by=world.second_reviewer) is None
    assert actions.take_next(by=world.director).request == recommended


def test_a_director_gets_a_recommended_denial_that_waits_for_the_provider_too(world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    recommend(world, request)
    assert actions.take_next(by=world.second_reviewer) is None
    assert actions.take_next(by=world.director).request == request


def test_nobody_is_given_their_own(world: SimpleNamespace) -> None:
    request = submitted(world)
    turned = world.prescriber
    turned.role, turned.organization = "reviewer", world.plan
    turned.save()
    assert actions.take_next(by=turned) is None
    with pytest.raises(NotAllowed, match="had a part"):
        actions.reassign(by=world.manager, task_id=queries.task_of(request).pk, to=turned)


@pytest.mark.parametrize(
    ("actor", "gets"), [("director", False), ("reviewer", False), ("second_director", True), ("second_reviewer", True)]
)
def test_an_appeal_goes_to_somebody_who_had_no_part_in_the_decision(
    world: SimpleNamespace, actor: str, gets: bool
) -> None:
    request = in_situation(world, "recommended")
    actions.sign_denial(**on(request, world.director))
    actions.file_appeal(**on(request, world.prescriber), grounds="See the report.")
    task = actions.take_next(by=getattr(world, actor), stage="appeal")
    assert (task is not None) is gets


def test_one_task_is_taken_by_one(world: SimpleNamespace) -> None:
    task = queries.task_of(submitted(world))
    actions.assign_to_me(by=world.reviewer, task_id=task.pk)
    assert actions.assign_to_me(by=world.reviewer, task_id=task.pk).assignee == world.reviewer
    with pytest.raises(Conflict) as told:
        actions.assign_to_me(by=world.second_reviewer, task_id=task.pk)
    assert told.value.who == "Dora Testcase"


@pytest.mark.parametrize(
    ("by", "to", "allowed"),
    [
        ("second_reviewer", "second_reviewer", True),
        ("manager", "director", True),
        ("director", "second_reviewer", True),
        ("manager", "manager", False),
        ("manager", "other_reviewer", False),
        ("reviewer", "prescriber", False),
        ("clinic_manager", "reviewer", False),
    ],
)
def test_reassigning(world: SimpleNamespace, by: str, to: str, allowed: bool) -> None:
    task = queries.task_of(submitted(world))
    actions.assign_to_me(by=world.reviewer, task_id=task.pk)
    if allowed:
        assert actions.reassign(by=getattr(world, by), task_id=task.pk, to=getattr(world, to)).assignee == getattr(
            world, to
        )
    else:
        with pytest.raises(NotAllowed):
            actions.reassign(by=getattr(world, by), task_id=task.pk, to=getattr(world, to))


@pytest.mark.parametrize(
    ("by", "allowed"),
    [("reviewer", True), ("second_reviewer", False), ("director", True), ("manager", True), ("prescriber", False)],
)
def test_releasing(world: SimpleNamespace, by: str, allowed: bool) -> None:
    task = queries.task_of(submitted(world))
    actions.assign_to_me(by=world.reviewer, task_id=task.pk)
    if allowed:
        released = actions.release(by=getattr(world, by), task_id=task.pk)
        assert (released.assignee, released.assigned_at) == (None, None)
        assert actions.release(by=getattr(world, by), task_id=task.pk) == released
    else:
        with pytest.raises(NotAllowed):
            actions.release(by=getattr(world, by), task_id=task.pk)


def test_what_is_decided_is_not_assigned(world: SimpleNamespace) -> None:
    for state in ("approved", "withdrawn"):
        with pytest.raises(NotAllowed):
            actions.assign_to_me(by=world.reviewer, task_id=queries.task_of(in_state(world, state)).pk)


@pytest.mark.django_db(transaction=True)
def test_of_several_who_take_at_once_each_gets_another() -> None:
    world = build_wider_world()
    for _ in range(3):
        submitted(world)
    people = [world.reviewer, world.second_reviewer, world.director, world.second_director]
    together = threading.Barrier(len(people))

    def take(person) -> object:
        try:
            together.wait(timeout=60)
            task = actions.take_next(by=person)
            return task and task.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as threads:
        taken = [future.result() for future in [threads.submit(take, person) for person in people]]
    assert sorted(map(bool, taken)) == [False, True, True, True]
    assert len(set(taken)) == 4
    assert Task.objects.filter(assignee__isnull=False).count() == 3


def test_a_draft_has_no_task(world: SimpleNamespace) -> None:
    request = draft(world)
    assert queries.task_of(request) is None
