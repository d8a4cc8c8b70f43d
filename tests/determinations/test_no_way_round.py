"""No sequence of acts, by whomever, leads to a state outside the table, to two decisions in force, or to two
authorizations of one request.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pa_portal.determinations import acts, queries
from pa_portal.determinations.models import Authorization, Determination, Task
from pa_portal.submissions.models import Request
from pa_portal.submissions.transitions import TRANSITIONS
from tests.determinations.making import ACTS, in_situation
from tests.determinations.test_every_act import attempt
from tests.records.making import in_state, submitted

ACTORS = ("colleague", "reviewer", "second_reviewer", "director", "second_director")
MOVES = {(source, move.target) for move in TRANSITIONS.values() for source in move.sources}
LATER = {(source, act.target) for act in acts.ACTS.values() if act.target for source in act.sources}
# Acts that lead on from a decision come up more often, or a walk would rarely get that far.
OFTEN = ("deny", "approve_less", "appeal", "overturn", "void", "reissue")
steps = st.tuples(st.sampled_from([*ACTS, *OFTEN]), st.sampled_from(ACTORS))


@given(walk=st.lists(steps, min_size=1, max_size=12))
@example(
    walk=[
        ("deny", "director"),
        ("appeal", "colleague"),
        ("overturn", "second_director"),
        ("void", "director"),
        ("appeal", "colleague"),
        ("reissue", "director"),
        ("void", "director"),
        ("appeal", "colleague"),
    ]
)
@example(
    walk=[
        ("approve_less", "reviewer"),
        ("appeal", "colleague"),
        ("overturn", "second_reviewer"),
        ("void", "director"),
        ("reissue", "director"),
        ("deny", "director"),
    ]
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_walk(world: SimpleNamespace, walk) -> None:
    with transaction.atomic():
        request = submitted(world)
        state = request.state
        for act, actor in walk:
            attempt(act, getattr(world, actor), request)
            request = Request.objects.get(pk=request.pk)
            assert request.state == state or (state, request.state) in MOVES | LATER, (act, actor)
            state = request.state
            check(request)
        transaction.set_rollback(True)


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
