"""Seeding at scale: chunks of requests, each of its own dice, told in several processes and written in one."""

from __future__ import annotations

import datetime
import itertools
import multiprocessing
import random
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from criteria import catalog
from pa_portal.accounts.acting import acting_as_portal
from pa_portal.demo.bulk import loading
from pa_portal.demo.bulk.patterns import Patterns
from pa_portal.demo.bulk.people import ensure
from pa_portal.demo.bulk.records import MODELS, Letterhead, Records, Texts, request_id
from pa_portal.demo.bulk.stories import business, first_moment, story
from pa_portal.demo.bulk.telling import tell
from pa_portal.determinations import clocks
from pa_portal.determinations.models import Authorization, Stage
from pa_portal.reports import projection
from pa_portal.reports.models import Case, CaseFacts
from pa_portal.submissions.models import Request, Urgency
from pa_portal.submissions.trees import keep

POLICY = "IC-0072"
CHUNK = 1000
# Up to so many requests, tables take longer to change than to fill.
FEW = 5000
DAYS = 730
# How many of those whose authorization ends ask for another, and how many of them too late.
_RENEWED, _LATE = 0.62, 0.12

# How many requests a chunk has, and its rows.
Told = tuple[int, Texts]


class SeededAlready(Exception):
    """Requests from these dice are there already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made: how many requests, from which dice, up to when, and how many were made before."""

    requests: int
    seed: int
    end: datetime.datetime
    before: int

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Yield the number of each chunk and how many requests it has."""
        for number, made in enumerate(range(0, self.requests, CHUNK)):
            yield number, min(CHUNK, self.requests - made)

    def dice(self, chunk: int) -> random.Random:
        return random.Random(f"{self.seed}:{chunk}")


def start_of_day() -> datetime.datetime:
    """Return the last midnight: the end of what is told, unless another is given."""
    return timezone.make_aware(datetime.datetime.combine(timezone.localdate(), datetime.time.min))


def seed(requests: int, *, seed: int = 1, end: datetime.datetime | None = None, processes: int = 1) -> Iterator[int]:
    """Make requests of the demo's plan, and yield after each chunk how many of them are there.

    The same number, dice and end make the same requests in an equal database. All of them are there at the end, or
    none. Raises SeededAlready when the dice were thrown before.
    """
    with acting_as_portal("seed"):
        people = ensure()
        homes = [practice.organization.pk for practice in people.practices]
        others = Request.objects.count()
        plan = Plan(requests, seed, end or start_of_day(), Request.objects.filter(organization__in=homes).count())
        if Request.objects.filter(pk=request_id(seed, 0)).exists():
            raise SeededAlready(f"Requests with --seed {seed} are there already. Choose another number.")
        worker, done = Worker(plan), 0
        # Where few come to many, the indexes take them sooner than they are made anew.
        fresh = loading.without_indexes if requests > max(others, FEW) else _as_they_are
        with transaction.atomic(), loading.alone(), fresh((Case, CaseFacts)):
            for tree in worker.trees():
                keep(tree)
            with projection.paused(), fresh(MODELS):
                for made, texts in _told(worker, processes):
                    for table, columns, rows in texts:
                        loading.copy(table, columns, rows)
                    done += made
                    yield done
            projection.store_missing()


@contextmanager
def _as_they_are(tables: Iterable[type[Model]]) -> Iterator[None]:
    """Leave the tables' indexes where they are."""
    yield


def _told(worker: Worker, processes: int) -> Iterator[Told]:
    """Yield the chunks, told by as many processes, in their order."""
    if processes == 1:
        yield from map(worker.make, worker.plan.chunks())
        return
    # Forked, each has the patterns already. None of them talks to the database: that is here alone. They keep no more
    # than a few chunks ahead of it.
    ahead = threading.Semaphore(2 * processes)
    chunks = list(worker.plan.chunks())
    _here.append(worker)
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        try:
            for told in pool.imap(_make, (chunk for chunk in chunks if ahead.acquire())):
                yield told
                ahead.release()
        finally:
            _here.clear()
            # So that nothing waits for room when this ends early.
            ahead.release(len(chunks))


class Worker:
    """What makes chunks, one after another, in this process."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.people = ensure()
        self.policies = {policy.version: policy for policy in catalog.versions(POLICY)}
        self.patterns = {version: Patterns(policy) for version, policy in self.policies.items()}
        self.letterhead = Letterhead.of(self.people.plan)
        self.rules = {key: clocks.rule(self.people.plan.pk, *key) for key in clocks.DEFAULTS}
        end = timezone.localdate(plan.end)
        # Nothing is told from before the policy was in force.
        self.start = max(end - datetime.timedelta(days=DAYS), catalog.versions(POLICY)[0].effective)

    def trees(self) -> Iterator[Mapping[str, Any]]:
        """Yield every criteria tree that the requests may name."""
        return itertools.chain.from_iterable(patterns.trees() for patterns in self.patterns.values())

    def make(self, chunk: tuple[int, int]) -> Told:
        """Return how many requests a chunk has, and its rows."""
        records = self.tell(*chunk)
        return len(records.requests), records.texts()

    def tell(self, number: int, size: int) -> Records:
        """Return the records of one chunk."""
        dice = self.plan.dice(number)
        records = Records(
            self.people,
            self.rules,
            self.letterhead,
            dice,
            seed=self.plan.seed,
            first=number * CHUNK,
            before=self.plan.before,
        )
        while len(records.requests) < size:
            self._course(dice, records, size)
        return records

    def _course(self, dice: random.Random, records: Records, most: int) -> None:
        """Tell of one patient: the first request and, as long as treatment goes on, its renewals."""
        end, practice = self.plan.end, dice.choice(self.people.practices)
        prescriber, covered = dice.choice(practice.prescribers), business(dice)
        at: datetime.datetime | None = first_moment(dice, self.start, end)
        assert at is not None
        patient = records.patient(practice, covered, at)
        authorization: Authorization | None = None
        while at is not None and at < end and len(records.requests) < most:
            patterns = self.patterns[catalog.governing(POLICY, timezone.localdate(at)).version]
            pattern = patterns.renewal(dice, authorization.regimen) if authorization else patterns.initial(dice)
            rules = {urgency: self.rules[Stage.REQUEST, covered, urgency] for urgency in Urgency.values}
            told = story(dice, pattern, at, rules, end)
            authorization = tell(records, told, patient, practice, prescriber, authorization)
            at = _renewed_at(dice, authorization)


def _renewed_at(dice: random.Random, authorization: Authorization | None) -> datetime.datetime | None:
    """Draw when a renewal is asked for; None for never."""
    if authorization is None or not authorization.regimen or dice.random() > _RENEWED:
        return None
    ahead = -dice.randrange(1, 25) if dice.random() < _LATE else dice.randrange(3, 42)
    day = authorization.renewal_date - datetime.timedelta(days=ahead)
    at = timezone.make_aware(datetime.datetime.combine(day, datetime.time(dice.randrange(8, 18), dice.randrange(60))))
    decided = authorization.determination.decided_at
    return at if at > decided + datetime.timedelta(days=1) else None


# The worker of a process in a pool.
_here: list[Worker] = []


def _make(chunk: tuple[int, int]) -> Told:
    return _here[0].make(chunk)
