"""No sequence of acts, by whomever, leads to a state outside the table, to two decisions in force, to two
authorizations of one request, to a denial that no director signed, or to a decision by whoever sent the request.
"""

from __future__ import annotations

import copy
from collections import Counter
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pa_portal.demo import cases
from pa_portal.determinations import actions, acts, queries
from pa_portal.determinations.automatic import approve_if_met
from pa_portal.determinations.models import AppealOutcome, Authorization, Determination, Task
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.models import Request
from pa_portal.submissions.transitions import TRANSITIONS
from tests.determinations.making import ACTS, SITUATIONS, in_situation
from tests.determinations.test_every_act import TABLE, attempt
from tests.records.making import day, in_state, submitted

# One draw a step, and even chances within it.
SEEDED = st.randoms(use_true_random=True)
MOVES = {(source, move.target) for move in TRANSITIONS.values() for source in move.sources}
LATER = {(source, act.target) for act in acts.ACTS.values() if act.target for source in act.sources}
# Whoever has a role; the one who changed sides sent the request and is a director of the plan today.
WHO = {
    "prescriber": ("prescriber", "colleague"),
    "staff": ("staff",),
    "reviewer": ("reviewer", "second_reviewer"),
    "director": ("director", "second_director"),
}
ANYBODY = (*(name for names in WHO.values() for name in names), "changed_sides", "manager", "other_director")


def correct(by: Any, request: Request) -> None:
    draft = submissions.start_correction(by=by, request_id=request.pk)
    # Something has to differ.
    data = {"height_cm": "163", "weight_kg": str(40 + request.version), "urgency": "standard", "urgency_reason": "",
            "requested_start_date": day(7)}  # fmt: skip
    draft = submissions.save_treatment(by=by, request_id=draft.pk, version=draft.version, data=data)
    submissions.submit(by=by, request_id=draft.pk, version=draft.version)


def renew(by: Any, request: Request) -> None:
    # The renewal of a renewal would begin more than a year ahead.
    authorization = request.authorizations.get(status="active", request__renews=None)
    draft = actions.start_renewal(by=by, authorization_id=authorization.pk)
    draft = submissions.save_treatment(
        by=by, request_id=draft.pk, version=draft.version, data={"requested_start_date": authorization.renewal_date}
    )
    draft = submissions.save_answers(by=by, request_id=draft.pk, version=draft.version, answers=cases.RENEWAL)
    submissions.submit(by=by, request_id=draft.pk, version=draft.version)


EVERY_ACT: dict[str, Any] = {**ACTS, "correct": correct, "renew": renew}
ALLOWED = {
    **TABLE,
    "correct": ({"prescriber"}, {"submitted", "recommended"}, "submitted"),
    "respond": (TABLE["respond"][0], TABLE["respond"][1] | {"waiting"}, TABLE["respond"][2]),
    "renew": ({"prescriber"}, {"approved", "modified", "overturned", "in force"}, ""),
}
# Nothing comes of a message; a sequence is over with a withdrawal, which is left to the acts drawn from all.
TELLING = sorted(ALLOWED.keys() - {"send_message", "write_note", "withdraw"})
# What each sequence is to reach, for this to prove anything: all but what changes nothing that is looked at here, and
# a withdrawal. One approved by the plan's rules is begun with.
AUTOMATIC = "automatic"
GOALS = (AUTOMATIC, *sorted(EVERY_ACT.keys() - {"assign", "send_message", "write_note", "withdraw"}))


class AnySequence(RuleBasedStateMachine):
    """Whoever does whatever in whichever order, to one request, its corrections and its renewals.

    A sequence begins where its ``goal`` may be done, and does that first. A step tries an act that the situation
    forbids, by who may do it in another. Then it mostly takes one that the table allows, by who may do it, or little
    would ever come of a sequence; else any act by anybody. What the table forbids must be refused. Hypothesis draws
    the steps, shortens a sequence that breaks a rule, and ``invariant`` looks after each. ``went_through`` and
    ``refused`` count over all sequences: what was done, and what only the situation forbade.
    """

    world: SimpleNamespace
    goal: str
    went_through: Counter[str]
    refused: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.known: dict[Any, str] = {}
        self.done: set[str] = set()
        self.forbidden: set[str] = set()

    @initialize(random=SEEDED)
    def one_is_sent(self, random: Random) -> None:
        if self.goal == AUTOMATIC:
            actions.set_automatic_approval(by=self.world.manager, policy_id=submissions.POLICY, on=True)
            request = submitted(self.world)
            approve_if_met(request.submissions.get().pk, self.world.plan.pk)
            request.refresh_from_db()
            assert request.state == "approved"
            self.went_through[AUTOMATIC] += 1
        else:
            situation = random.choice(sorted(ALLOWED[self.goal][1] & set(SITUATIONS)))
            request = in_situation(self.world, situation)
            actors = who_may(self.goal)
            for actor in random.sample(actors, len(actors)):
                if self.goal not in self.done:
                    self.attempt(self.goal, actor, request, situation_of(request))
        self.known[request.pk] = Request.objects.get(pk=request.pk).state

    @rule(random=SEEDED, often=st.sampled_from((True, True, False)))
    def act(self, random: Random, often: bool) -> None:
        request = Request.objects.get(pk=random.choice(list(self.known)))
        situation = situation_of(request)
        # What this sequence has not seen yet comes first.
        if unable := [act for act in TELLING if not ALLOWED[act][1] & situation]:
            act = random.choice([one for one in unable if one not in self.forbidden] or unable)
            self.attempt(act, random.choice(who_may(act)), request, situation)
            self.forbidden.add(act)
            self.refused[act] += 1
        if often and (able := [act for act in TELLING if ALLOWED[act][1] & situation]):
            act = random.choice([one for one in able if one not in self.done] or able)
            self.attempt(act, random.choice(who_may(act)), request, situation)
        else:
            self.attempt(random.choice(sorted(EVERY_ACT)), random.choice(ANYBODY), request, situation)

    def attempt(self, act: str, actor: str, request: Request, situation: set[str]) -> None:
        by = changed_sides(self.world) if actor == "changed_sides" else getattr(self.world, actor)
        if attempt(EVERY_ACT[act], by, request):
            assert actor in who_may(act), f"{act} by {actor}"
            assert situation & ALLOWED[act][1], f"{act} of a request that is {' and '.join(sorted(situation))}"
            self.went_through[act] += 1
            self.done.add(act)

    @invariant()
    def nothing_is_out_of_order(self) -> None:
        renewals = Request.objects.filter(submitted_at__isnull=False).exclude(pk__in=self.known).values_list("pk")
        self.known |= {key: "submitted" for (key,) in renewals}
        for key, state in self.known.items():
            request = Request.objects.get(pk=key)
            assert request.state == state or (state, request.state) in MOVES | LATER
            self.known[key] = request.state
            check(request)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)


def who_may(act: str) -> list[str]:
    """Those of the practice and of its plan whose role the table allows the act, by what the world calls them."""
    roles = sorted(ALLOWED[act][0])
    return [name for role in roles for name in WHO[role]] + ["changed_sides"] * ("director" in roles)


def changed_sides(world: SimpleNamespace) -> Any:
    """The prescriber who sent the requests, as a director of the plan."""
    person = copy.copy(world.prescriber)
    person.organization, person.role = world.plan, "director"
    return person


def situation_of(request: Request) -> set[str]:
    """What the table calls the situation a request is in: its state, and what else goes on."""
    found = {request.state}
    if queries.open_recommendation(request) is not None:
        # A question that was asked before may still be answered.
        found = {"recommended"} | ({"waiting"} if request.state == "pended" else set())
    if queries.open_appeal(request) is not None:
        # What was approved goes on meanwhile.
        active = Authorization.objects.filter(request=request, status="active").exists()
        found = {"appealed"} | ({"in force"} if active else set())
    elif request.state == "approved":
        active = Authorization.objects.filter(request=request, status="active").exists()
        found = ({"approved"} if active else {"void"}) | ({"modified"} if queries.appealable(request) else set())
    elif request.state == "denied":
        held = queries.peer_to_peers_of(request).filter(events__kind="held", determination__isnull=False).exists()
        found |= {"called"} if held else set()
    if queries.open_peer_to_peer(request) is not None:
        found |= {"call"}
    return found


def test_any_sequence(world: SimpleNamespace) -> None:
    AnySequence.world, AnySequence.went_through, AnySequence.refused = world, Counter(), Counter()
    for goal in GOALS:
        AnySequence.goal = goal
        run_state_machine_as_test(
            AnySequence,
            settings=settings(
                max_examples=2,
                stateful_step_count=20,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
        assert AnySequence.went_through[goal], f"no sequence reaches {goal}"
    print(AnySequence.went_through.most_common(), AnySequence.refused.most_common())
    assert AnySequence.refused.keys() == set(TELLING)


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
        attempt(ACTS[act], getattr(world, actor), request)
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
    heard = AppealOutcome.objects.filter(appeal__request=request, kind__in=("upheld", "overturned"))
    assert not heard.filter(Q(decided_by=F("appeal__determination__decided_by")) | Q(decided_by__in=senders)).exists()
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
