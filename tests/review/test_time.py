"""Giving a decision more time: seen first, with a reason, once."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from pa_portal.determinations.models import Task
from pa_portal.submissions.models import Request
from tests.records.making import in_state, submitted
from tests.review.desk import Desk, act_path, case_path

TYPED = {"hours": "48", "reason": "The pathology report is on its way.", "extended": "0"}


def task_of(request: Request) -> Task:
    return Task.objects.get(request=request)


def test_more_time_is_seen_first_and_given_once(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    due = task_of(request).due_at
    opened = desk.open(request, "extend")
    seen = desk.check(request, "extend", **{**TYPED, "extended": opened.hidden["extended"]})
    assert "Nothing is changed yet" in seen.text
    assert TYPED["reason"] in seen.text
    assert task_of(request).due_at == due
    for status in (303, 409):
        response = desk.client.post(act_path(request, "extend"), {**seen.hidden, "step": "decide"})
        assert response.status_code == status
        assert task_of(request).due_at == due + datetime.timedelta(hours=48)
    told = desk.read(response)
    assert "The time for this decision was changed" in told.text
    assert told.value("reason") == TYPED["reason"]
    assert told.hidden["extended"] == ["48"]
    assert "Extended by 48 hours" in desk.case(request).text


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"hours": ""}, "id_hours"),
        ({"hours": "0"}, "id_hours"),
        ({"hours": "337"}, "id_hours"),
        ({"hours": "two"}, "id_hours"),
        ({"hours": "NaN"}, "id_hours"),
        ({"hours": "1.5"}, "id_hours"),
        ({"hours": "9" * 5000}, "id_hours"),
        ({"reason": " "}, "id_reason"),
        ({"reason": "a\x00b"}, "id_reason"),
        ({"reason": "x" * 501}, "id_reason"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(desk: Desk, world: SimpleNamespace, typed: Any, at: str) -> None:
    request = submitted(world)
    for step in ("check", "decide"):
        seen = desk.read(desk.send(request, "extend", step, **{**TYPED, **typed}))
        assert (seen.status, [target for _, target in seen.errors]) == (422, [at])
    assert task_of(request).extended_hours == 0


@pytest.mark.parametrize("state", ["approved", "denied", "withdrawn"])
def test_nothing_is_extended_where_nothing_is_owed(desk: Desk, world: SimpleNamespace, state: str) -> None:
    request = in_state(world, state)
    assert desk.client.get(act_path(request, "extend"))["Location"] == case_path(request)
    assert desk.send(request, "extend", "decide", **TYPED).status_code == 409
    assert task_of(request).extended_hours == 0


def test_a_fixed_clock_is_not_offered_more_time(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    assert act_path(request, "extend") in desk.case(request).html
    Task.objects.filter(request=request).update(fixed=True)
    assert act_path(request, "extend") not in desk.case(request).html
    assert desk.send(request, "extend", "decide", **TYPED).status_code == 409
