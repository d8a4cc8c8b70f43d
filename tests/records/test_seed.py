"""Requests at scale: as consistent as if people had made them, and the same for the same seed."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from criteria import catalog
from pa_portal.accounts.models import User
from pa_portal.audit import sealing
from pa_portal.audit.models import Event, Trace
from pa_portal.demo.bulk import loading
from pa_portal.demo.bulk import seed as bulk
from pa_portal.demo.bulk.records import Records
from pa_portal.demo.bulk.rows import Rows
from pa_portal.demo.people import PLAN_ID, USERS
from pa_portal.determinations import queries
from pa_portal.determinations.letters import pdf
from pa_portal.determinations.models import (
    Appeal,
    Authorization,
    AuthorizationVoid,
    ClockEvent,
    Determination,
    Letter,
    Recommendation,
    Task,
)
from pa_portal.reports import projection
from pa_portal.reports.figures import figures
from pa_portal.reports.filters import Filters
from pa_portal.submissions.models import Answer, Patient, Request, Submission
from pa_portal.submissions.numbers import AUTHORIZATION, REFERENCE
from pa_portal.submissions.queries import walk_for

pytestmark = pytest.mark.django_db
END = timezone.make_aware(datetime.datetime(2026, 11, 20))
MANY = 300


@pytest.fixture
def manager(settings: Any) -> User:
    """The manager of the plan to which a few hundred requests were sent, besides those of the demo."""
    settings.DEMO_ALLOWED = True
    call_command("seed_demo", stdout=StringIO())
    assert list(bulk.seed(MANY, end=END)) == [MANY]
    return User.objects.get(email=USERS["whitfield"]["email"])


def ours() -> list[Request]:
    """The requests made at scale, in the order of their references."""
    homes = [practice.organization.pk for practice in bulk.ensure().practices]
    return list(Request.objects.filter(organization__in=homes).select_related("patient").order_by("reference"))


def test_it_refuses_where_it_is_not_allowed(settings: Any) -> None:
    settings.DEMO_ALLOWED = False
    with pytest.raises(CommandError, match="DEMO_ALLOWED"):
        call_command("seed", requests=3)
    settings.DEMO_ALLOWED = True
    with pytest.raises(CommandError, match="from 1"):
        call_command("seed", requests=0)
    assert not Request.objects.exists()


def test_everything_agrees(manager: User, client: Client) -> None:
    requests = ours()
    assert len(requests) == MANY
    what_was_said(requests)
    what_was_decided(requests)
    when(requests)
    what_reports_say(manager)
    what_people_see(client)


def what_was_said(requests: list[Request]) -> None:
    """Every answer, fact and hash is what the wizard would have left."""
    assert len({request.reference for request in requests}) == MANY
    assert all(REFERENCE.valid(request.reference) for request in requests)
    given: dict[Any, dict[str, Any]] = {}
    for answer in Answer.objects.filter(request__in=requests).order_by("given_at"):
        given.setdefault(answer.request_id, {})[answer.fact] = answer.value
    latest = {each.request_id: each for each in Submission.objects.filter(request__in=requests).order_by("number")}
    for request in requests:
        walk, said = walk_for(request), latest[request.pk].content
        assert walk.done
        assert said["facts"] == walk.facts
        assert said["answers"] == {name: given[request.pk][name] for name in walk.asked}
        assert said["request"]["reference"] == request.reference


def what_was_decided(requests: list[Request]) -> None:
    """Every decision replays from what was frozen, and has its letter, its signer and its clock."""
    found = Determination.objects.filter(request__in=requests).select_related("submission", "decided_by")
    assert len(found) > MANY / 2
    for determination in found:
        assert queries.replay(determination).differences == ()
        assert determination.letters.exists()
        assert determination.decided_by is None or determination.decided_by.organization_id == PLAN_ID
    assert {each.decision for each in found} == {"approved", "denied", "pended"}
    assert any(each.automatic for each in found)
    assert any(each.modified for each in found)
    assert all(AUTHORIZATION.valid(each.number) for each in Authorization.objects.all())
    for model in (Appeal, AuthorizationVoid, Recommendation):
        assert model.objects.exists(), model
    assert {request.request_type for request in requests} == {"initial", "renewal"}
    tasks = Task.objects.filter(request__in=requests)
    assert tasks.filter(stage="request").count() == MANY
    open_states = tasks.filter(stage="request", stopped_at__isnull=True).values_list("request__state", flat=True)
    assert set(open_states) <= {"submitted", "pended"}
    kinds = Counter(ClockEvent.objects.filter(task__in=tasks).values_list("kind", flat=True))
    assert kinds["started"] == tasks.count()
    assert kinds["stopped"] == tasks.filter(stopped_at__isnull=False).count()
    sent = Event.objects.filter(action="request.submitted", object_id__in=[str(each.pk) for each in requests])
    assert sent.count() == MANY


def when(requests: list[Request]) -> None:
    """Months of work, in order, none of it before the policy was in force or after the end."""
    first = {policy.version: policy.effective for policy in catalog.versions(bulk.POLICY)}
    for request in requests:
        assert first[request.policy_version] <= request.request_date
        assert request.submitted_at is not None
        assert request.created_at < request.submitted_at <= request.updated_at < END
    assert len({request.submitted_at.date() for request in requests if request.submitted_at}) > 100
    for determination in Determination.objects.filter(request__in=requests).select_related("submission"):
        assert determination.submission.submitted_at < determination.decided_at < END


def what_reports_say(manager: User) -> None:
    """Cases are as the records say, and the dashboard counts them by state."""
    assert projection.differences() == 0
    counted = figures(manager, Filters()).counts
    states = Counter(Request.objects.filter(submitted_at__isnull=False).values_list("state", flat=True))
    assert (counted["approved"], counted["denied"]) == (states["approved"], states["denied"])
    assert counted["open"] == states["submitted"] + states["pended"]
    assert counted["received"] == sum(states.values())


def what_people_see(client: Client) -> None:
    """A reviewer opens the newest case, and letters of every kind are drawn."""
    client.force_login(User.objects.get(email=USERS["nair"]["email"]))
    newest = max(ours(), key=lambda request: request.submitted_at or END)
    page = client.get(reverse("admin:submissions_request_change", args=[newest.pk]))
    assert page.status_code == 200
    assert newest.reference in page.content.decode()
    letters = {letter.kind: letter for letter in Letter.objects.order_by("created_at")}
    assert len(letters) >= 6
    for letter in letters.values():
        assert pdf.render(letter.content).startswith(b"%PDF")


def test_a_seed_makes_the_same_requests_and_only_once(manager: User) -> None:
    plan = bulk.Plan(MANY, 1, END, before=0)
    (chunk,) = plan.chunks()
    again = bulk.Worker(plan).tell(*chunk)
    assert {line.split("\t")[1] for line in again.rows[Request].lines} == {each.reference for each in ours()}
    with pytest.raises(bulk.SeededAlready, match="--seed 1"):
        list(bulk.seed(5, end=END))
    assert list(bulk.seed(20, seed=2, end=END)) == [20]
    assert len(ours()) == MANY + 20


QUERIES = (
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint",
    "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class WHERE relkind = 'r'",
)


def asked(query: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def structure() -> set[str]:
    """Indexes, rules and walls, but for the casts with which Postgres writes a list the second time it reads it."""
    return {re.sub(r"::(text|character varying)|[()]|\[\]", "", str(row)) for query in QUERIES for row in asked(query)}


def test_many_leave_indexes_rules_and_walls_as_they_were_and_everything_sealed(
    manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many are written without indexes, which are made again; the trace is written by the database all the same."""
    before = structure()
    monkeypatch.setattr(bulk, "FEW", 0)
    assert list(bulk.seed(2 * MANY, seed=7, end=END)) == [2 * MANY]
    assert structure() ^ before == set()
    assert projection.differences() == 0
    ids = set(Determination.objects.values_list("pk", flat=True))
    traced = Trace.objects.filter(what="insert", object_type="determinations_determination")
    assert ids == {id for row in traced for id in row.subjects}
    sealing.seal()
    assert sealing.verify([]).problems == []


def test_what_breaks_a_rule_leaves_nothing(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "FEW", 0)
    monkeypatch.setattr(Records, "number", lambda _, kind, nth=0: kind.of(7))
    before = Request.objects.count()
    with pytest.raises(IntegrityError, match="unique"), transaction.atomic():
        list(bulk.seed(2 * MANY, seed=7, end=END))
    assert Request.objects.count() == before


def test_rows_follow_the_model() -> None:
    """Each column of the table is written, but for those that the database draws."""
    for model in (Patient, Request, Event):
        columns = {str(field.column) for field in model._meta.concrete_fields}
        assert columns - set(Rows(model).columns) <= {"id"}


def test_rows_take_what_copy_would_read_otherwise() -> None:
    rows = Rows(Event)
    rows.add(
        action='a\tb\\c\nd\r"',
        actor_label="\\N",
        object_type="x",
        object_id="y",
        detail={"text": 'tab\t "quoted" \\ é'},
    )
    with loading.alone():
        loading.copy(rows.table, rows.columns, rows.text())
    (event,) = Event.objects.all()
    assert (event.action, event.actor_label) == ('a\tb\\c\nd\r"', "\\N")
    assert event.detail == {"text": 'tab\t "quoted" \\ é'}
    assert event.ip is None
