"""Every act by every role in every situation: those of the table are done, all others refused and change nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from pa_portal.accounts.models import User
from pa_portal.audit.models import Event
from pa_portal.determinations.models import (
    Authorization,
    ClockEvent,
    Determination,
    Letter,
    Message,
    Note,
    Notice,
    Task,
)
from pa_portal.submissions.errors import Refused
from pa_portal.submissions.models import Request, Submission
from tests.determinations.making import ACTS, SITUATIONS, in_situation

REVIEW = {"reviewer", "director"}
OPEN = {"submitted", "recommended", "pended"}
DENIED = {"denied", "called", "appealed", "upheld"}
SENT = set(SITUATIONS) - {"draft"}
# act -> roles, the situations it can be done in, and the state it leads to ("" for the one there is)
TABLE = {
    "recommend_denial": ({"reviewer"}, {"submitted", "pended"}, ""),
    "sign_denial": ({"director"}, {"recommended"}, "denied"),
    "return_recommendation": ({"director"}, {"recommended"}, ""),
    "approve": (REVIEW, OPEN, "approved"),
    "approve_less": (REVIEW, OPEN, "approved"),
    "deny": ({"director"}, OPEN, "denied"),
    "pend": (REVIEW, {"submitted", "recommended"}, "pended"),
    "respond": ({"prescriber"}, {"pended"}, "submitted"),
    "withdraw": ({"prescriber"}, OPEN, "withdrawn"),
    "request_peer_to_peer": (REVIEW | {"prescriber", "staff"}, OPEN | DENIED, ""),
    "schedule_peer_to_peer": (REVIEW, {"call"}, ""),
    "close_peer_to_peer": (REVIEW, {"call"}, ""),
    "reverse_denial": ({"director"}, {"called"}, "approved"),
    "void": ({"director"}, {"approved", "modified", "overturned"}, ""),
    "reissue": ({"director"}, {"void"}, "approved"),
    "appeal": ({"prescriber"}, {"denied", "call", "called", "modified", "void"}, ""),
    "withdraw_appeal": ({"prescriber"}, {"appealed"}, ""),
    "uphold": ({"director"}, {"appealed"}, ""),
    "overturn": (REVIEW, {"appealed"}, "approved"),
    "extend": (REVIEW, OPEN | {"appealed"}, ""),
    "send_message": (REVIEW | {"prescriber", "staff"}, SENT - {"withdrawn"}, ""),
    "write_note": (REVIEW, SENT, ""),
    "assign": (REVIEW, OPEN | {"appealed"}, ""),
}
ACTORS = {
    "prescriber": "colleague",
    "staff": "staff",
    "reviewer": "second_reviewer",
    "director": "second_director",
    "manager": "manager",
    "provider manager": "clinic_manager",
    "stranger": "other_prescriber",
    "stranger's director": "other_director",
}
COUNTED = (Submission, Determination, Authorization, Letter, ClockEvent, Message, Note, Notice, Event)


def test_the_table_names_every_act_and_situation() -> None:
    assert TABLE.keys() == ACTS.keys()
    assert {name for _, situations, _ in TABLE.values() for name in situations} <= set(SITUATIONS)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_act_by_every_role(world: SimpleNamespace, situation: str) -> None:
    request = in_situation(world, situation)
    before = state_of(request)
    for act, (roles, situations, leads_to) in TABLE.items():
        for role, actor in ACTORS.items():
            allowed = role in roles and situation in situations
            with transaction.atomic():
                assert attempt(ACTS[act], getattr(world, actor), request) is allowed, (act, role)
                after = state_of(request)
                if allowed:
                    assert after.state == (leads_to or before.state), (act, role)
                    assert after.counts[Event] > before.counts[Event], (act, role)
                else:
                    assert after == before, (act, role)
                transaction.set_rollback(True)


def attempt(act: Callable[[User, Request], object], by: User, request: Request) -> bool:
    """Whether it was done; every refusal is one of those that an action promises."""
    try:
        with transaction.atomic():
            act(by, request)
    except (Refused, ObjectDoesNotExist):
        return False
    return True


def state_of(request: Request) -> SimpleNamespace:
    stored = Request.objects.get(pk=request.pk)
    return SimpleNamespace(
        state=stored.state,
        version=stored.version,
        tasks=list(
            Task.objects.order_by("id").values("id", "due_at", "stopped_at", "assignee_id", "awaiting_director")
        ),
        authorizations=list(Authorization.objects.order_by("id").values("id", "status")),
        counts={model: model.objects.count() for model in COUNTED},
    )
