"""No sequence of acts, by whomever, leads to a state outside the table, to two decisions in force, to two
authorizations of one request, to a denial that no director signed, or to a decision by whoever sent the request.
"""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from pa_portal.demo import cases
from pa_portal.determinations import actions, acts, queries
from pa_portal.determinations.automatic import approve_if_met
from pa_portal.determinations.models import Authorization, Determination, Task
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.errors import Refused
from pa_portal.submissions.models import Request
from pa_portal.submissions.transitions import TRANSITIONS
from tests.determinations.making import ACTS, in_situation
from tests.determinations.test_every_act import attempt
from tests.records.making import MEETS, day, in_state, submitted

ACTORS = (
    "prescriber",
    "colleague",
    "staff",
    "manager",
    "other_director",
    "reviewer",
    "second_reviewer",
    "director",
    "second_director",
)
MOVES = {(source, move.target) for move in TRANSITIONS.values() for source in move.sources}
LATER = {(source, act.target) for act in acts.ACTS.values() if act.target for source in act.sources}
# What somebody may do next, or nothing would ever come of a sequence.
CALL = ("request_peer_to_peer", "schedule_peer_to_peer", "close_peer_to_peer")
APPEAL = ("appeal", "uphold", "overturn", "withdraw_appeal")
WAITING = (
    "approve",
    "approve_less",
    "deny",
    "recommend_denial",
    "sign_denial",
    "return_recommendation",
    "extend",
    *CALL,
)
NEXT = {
    "submitted": (*WAITING, "pend"),
    "pended": (*WAITING, "respond"),
    "approved": ("void", "reissue", *APPEAL),
    "denied": (*APPEAL, *CALL, "reverse_denial"),
    "withdrawn": ("write_note",),
}
BY = {"recommend_denial": "reviewer", "respond": "prescriber", "appeal": "prescriber", "withdraw_appeal": "colleague"}


class AnySequence(RuleBasedStateMachine):
    """Whoever does whatever in whichever order, to one request, its corrections and its renewals.

    Hypothesis draws the acts, shortens a sequence that breaks a rule, and ``invariant`` looks after each act.
    """

    world: SimpleNamespace
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.known: dict[Any, str] = {}

    @initialize(target=requests, automatic=st.sampled_from((False, False, False, True)))
    def one_is_sent(self, automatic: bool) -> Any:
        if automatic:
            actions.set_automatic_approval(by=self.world.manager, policy_id=submissions.POLICY, on=True)
        request = submitted(self.world)
        if automatic:
            approve_if_met(request.submissions.get().pk, self.world.plan.pk)
        self.known[request.pk] = Request.objects.get(pk=request.pk).state
        assert self.known[request.pk] == ("approved" if automatic else "submitted")
        return request.pk

    @rule(key=requests, random=st.randoms(use_true_random=False), often=st.sampled_from((True, True, True, False)))
    def act(self, key: Any, random: Random, often: bool) -> None:
        request = Request.objects.get(pk=key)
        act = random.choice(NEXT[request.state] if often else tuple(ACTS))
        actor = BY.get(act, random.choice(("director", "second_director"))) if often else random.choice(ACTORS)
        attempt(act, getattr(self.world, actor), request)

    @rule(key=requests, random=st.randoms(use_true_random=False))
    def acts(self, key: Any, random: Random) -> None:
        for _ in range(8):
            self.act(key, random, often=True)
            self.nothing_is_out_of_order()

    @rule(key=requests, weight=st.integers(50, 90), actor=st.sampled_from(ACTORS))
    def correct(self, key: Any, weight: int, actor: str) -> None:
        by = getattr(self.world, actor)

        def correction() -> None:
            draft = submissions.start_correction(by=by, request_id=key)
            data = {"height_cm": "163", "weight_kg": str(weight), "urgency": "standard", "urgency_reason": "",
                    "requested_start_date": day(7)}  # fmt: skip
            draft = submissions.save_treatment(by=by, request_id=draft.pk, version=draft.version, data=data)
            submissions.submit(by=by, request_id=draft.pk, version=draft.version)

        _tried(correction)

    @rule(target=requests, key=requests, actor=st.sampled_from(ACTORS))
    def renew(self, key: Any, actor: str) -> Any:
        by, authorization = (
            getattr(self.world, actor),
            Authorization.objects.filter(request=key, status="active").first(),
        )
        if authorization is None or len(self.known) > 2:
            return multiple()

        def renewal() -> Request:
            draft = actions.start_renewal(by=by, authorization_id=authorization.pk)
            draft = submissions.save_answers(
                by=by, request_id=draft.pk, version=draft.version, answers={**MEETS, **cases.RENEWAL}
            )
            submissions.submit(by=by, request_id=draft.pk, version=draft.version)
            return draft

        made = _tried(renewal)
        if made is None or made.pk in self.known:
            return multiple()
        self.known[made.pk] = "submitted"
        return made.pk

    @invariant()
    def nothing_is_out_of_order(self) -> None:
        for key, state in self.known.items():
            request = Request.objects.get(pk=key)
            assert request.state == state or (state, request.state) in MOVES | LATER
            self.known[key] = request.state
            check(request)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)


def _tried(work: Any) -> Any:
    """What came of it; None where it was refused, which undoes all of it."""
    try:
        with transaction.atomic():
            return work()
    except (Refused, ObjectDoesNotExist, ValidationError):
        return None


def test_any_sequence(world: SimpleNamespace) -> None:
    AnySequence.world = world
    run_state_machine_as_test(
        AnySequence,
        settings=settings(
            max_examples=40, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


LONG_WALKS = (
    (("deny", "director"), ("appeal", "colleague"), ("overturn", "second_director"), ("void", "director"),
     ("appeal", "colleague"), ("reissue", "director"), ("void", "director"), ("appeal", "colleague")),
    (("approve_less", "reviewer"), ("appeal", "colleague"), ("overturn", "second_reviewer"), ("void", "director"),
     ("reissue", "director"), ("deny", "director")),
)  # fmt: skip


@pytest.mark.parametrize("walk", LONG_WALKS)
def test_a_long_way_round(world: SimpleNamespace, walk: Any) -> None:
    request = submitted(world)
    for act, actor in walk:
        attempt(act, getattr(world, actor), request)
        request = Request.objects.get(pk=request.pk)
        check(request)


def check(request: Request) -> None:
    final = Determination.objects.filter(request=request, decision__in=("approved", "denied"))
    in_force = final.filter(superseded_by__isnull=True)
    active = Authorization.objects.filter(request=request, status="active")
    assert in_force.count() == (request.state in ("approved", "denied"))
    assert active.count() <= (request.state == "approved")
    for authorization in active:
        assert authorization.determination == queries.determination_in_force(request)
    for determination in in_force:
        assert determination.decision == request.state
    assert all(determination.decided_role == "director" for determination in final.filter(decision="denied"))
    senders = {request.created_by_id, *request.submissions.values_list("submitted_by_id", flat=True)}
    assert not final.filter(decided_by__in=senders).exists()
    open_here = request.state in ("submitted", "pended")
    assert Task.objects.filter(request=request, stage="request", stopped_at__isnull=True).exists() is open_here
    assert (queries.open_appeal(request) is not None) is Task.objects.filter(
        request=request, stage="appeal", stopped_at__isnull=True
    ).exists()


# And not behind the actions' back


def twin_of(found: Determination, **changed) -> Determination:
    values = {field.attname: getattr(found, field.attname) for field in Determination._meta.concrete_fields}
    return Determination(
        **values | {"id": "00000000-0000-0000-0000-000000000001", "number": 9, "request_version": 99} | changed
    )


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({}, "determination_final_once"),
        ({"decision": "denied", "reasons": [{}], "rationale": "No.", "decided_role": "reviewer"}, "denial_signed"),
        ({"decided_by_id": None, "decision": "denied", "reasons": [{}], "rationale": "No.", "decided_role": "director"},
         "automatic_approves"),
        ({"decided_by_id": None, "outcome": "does_not_meet", "rationale": "Yes."}, "automatic_approves"),
        ({"modified": True, "supersedes_id": "own"}, "modified_approval_has_reason"),
        ({"supersedes_id": "other"}, "supersedes one on the same request"),
    ],
)  # fmt: skip
def test_the_database_refuses(world: SimpleNamespace, changed, rule: str) -> None:
    found = queries.determination_in_force(in_state(world, "approved"))
    other = queries.determination_in_force(in_state(world, "approved"))
    supersedes = {"own": found.pk, "other": other.pk}
    given = {key: supersedes.get(value, value) if isinstance(value, str) else value for key, value in changed.items()}
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        twin_of(found, **given).save(force_insert=True)


def test_a_decision_has_one_successor(world: SimpleNamespace) -> None:
    request = in_situation(world, "overturned")
    denial = Determination.objects.get(request=request, decision="denied")
    with pytest.raises(IntegrityError, match="supersedes_id"), transaction.atomic():
        twin_of(queries.determination_in_force(request), supersedes_id=denial.pk).save(force_insert=True)


def test_a_request_has_one_active_authorization(world: SimpleNamespace) -> None:
    request = in_situation(world, "void")
    authorization = Authorization.objects.get(request=request)
    with pytest.raises(IntegrityError, match="from active alone"), transaction.atomic():
        Authorization.objects.filter(pk=authorization.pk).update(status="active")


TABLES = ("clockevent", "recommendation", "recommendationanswer", "peertopeer", "peertopeerevent", "appeal",
          "appealoutcome", "authorizationvoid")  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_what_happened_stays_on_record(world: SimpleNamespace, table: str) -> None:
    for attempt_ in ("UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attempt_.format(f"determinations_{table}"))


def test_a_task_is_never_deleted(world: SimpleNamespace) -> None:
    in_state(world, "submitted")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM determinations_task")
