"""The connection to Postgres dropped at each statement of a submission and of a decision: all of it, or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client

from pa_portal.audit.models import Event
from pa_portal.upkeep import fingerprints
from tests.chaos.conftest import LONG
from tests.records.conftest import build_world
from tests.records.making import draft, submitted
from tests.review.desk import Desk, act_path
from tests.review.test_decide import filled

# What is kept about reading and about being signed in is not a part of the act.
APART = ("audit_event", "audit_trace", "audit_seal", "accounts_session", "django_session")
# More statements or COMMITs than any act has.
MOST = 400

Act = Callable[[], Any]
Dropping = Callable[[int], AbstractContextManager[Sequence[Any]]]
Held = tuple[dict[str, Any], list[str]]


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    return build_world()


@pytest.fixture
def client(world: SimpleNamespace) -> Client:
    return Client(raise_request_exception=False)


def drop_connection() -> None:
    """End the server's side of the connection that Django uses, from another one."""
    given = connection.get_connection_params()
    wanted = {name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)}
    with psycopg.connect(**wanted, autocommit=True) as other:
        number = connection.connection.info.backend_pid
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [number]).fetchone() == (True,)


@contextmanager
def dropping_before(number: int) -> Iterator[list[str]]:
    """Drop the connection just before statement ``number`` (from 1). Gives the statements that were begun."""
    begun: list[str] = []

    def wrapper(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        begun.append(sql)
        if len(begun) == number:
            drop_connection()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield begun


@contextmanager
def dropping_at_commit(number: int, *, done: bool) -> Iterator[list[int]]:
    """Drop the connection at COMMIT ``number`` (from 1): just before it, or once it is done and before anybody hears.

    Gives a list with an item for each COMMIT begun.
    """
    begun: list[int] = []
    commit = connection._commit

    def dropped() -> None:
        begun.append(len(begun) + 1)
        if len(begun) != number:
            commit()
        elif done:
            commit()
            drop_connection()
            raise OperationalError("the connection was lost")
        else:
            drop_connection()
            commit()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection, "_commit", dropped)
        yield begun


def held() -> Held:
    """What the database holds of the act: every table's content, and what is on the audit record that is no reading."""
    connection.close()
    acts = Event.objects.exclude(action__endswith=".read").order_by("id").values_list("action", flat=True)
    with transaction.atomic(), connection.cursor() as cursor:
        return fingerprints.of(cursor, without=APART), list(acts)


def at_each(make: Callable[[], Act], dropping: Dropping) -> Counter[str]:
    """Make an act fail at its first, second, … step until it goes through whole. Returns how often it left what.

    ``make`` gives an act that is not done yet. Each failure is told, and leaves nothing of it or all of it.
    """
    left: Counter[str] = Counter()
    act, before = make(), held()
    for number in range(1, MOST):
        with dropping(number) as begun:
            answer = act()
        if len(begun) < number:
            went_through(act, answer, before)
            return left
        assert answer.status_code == 503, (number, begun[-1], answer.status_code)
        if held() == before:
            left["nothing"] += 1
        else:
            # It was done and nobody heard: the person sees a 503 and sends it again.
            went_through(act, act(), before)
            left["all"] += 1
            act, before = make(), held()
    raise AssertionError("it never went through")


def went_through(act: Act, answer: Any, before: Held) -> None:
    """It was done, and the same form once more makes nothing more."""
    done = held()
    assert answer.status_code in (302, 303)
    assert done != before
    assert act().status_code in (302, 303)
    assert held() == done


def submitting(world: SimpleNamespace, client: Client) -> Act:
    request = draft(world)
    client.force_login(world.prescriber)
    return lambda: client.post(f"/requests/{request.pk}/check/", {"version": request.version})


def deciding(world: SimpleNamespace, client: Client, act: str) -> Act:
    request = submitted(world)
    client.force_login(world.director if act == "deny" else world.reviewer)
    form = {**Desk(client).check(request, act, **filled(act)).hidden, "step": "decide"}
    return lambda: client.post(act_path(request, act), form)


ACTS = {
    "submit": submitting,
    "approve": partial(deciding, act="approve"),
    "deny": partial(deciding, act="deny"),
    "pend": partial(deciding, act="pend"),
}


@pytest.mark.parametrize("name", ACTS if LONG else ("submit", "approve"))
def test_all_or_nothing(world: SimpleNamespace, client: Client, name: str, report: Callable[[str], None]) -> None:
    ways: dict[str, Dropping] = {
        "before each statement": dropping_before,
        "before each COMMIT": partial(dropping_at_commit, done=False),
        "after each COMMIT": partial(dropping_at_commit, done=True),
    }
    left = {way: at_each(partial(ACTS[name], world, client), dropping) for way, dropping in ways.items()}
    assert left["before each statement"]["nothing"] > 10
    assert left["before each COMMIT"]["nothing"] > 0
    assert left["after each COMMIT"]["all"] > 0
    report(f"connection dropped in {name}: " + "; ".join(f"{way} {dict(counted)}" for way, counted in left.items()))
