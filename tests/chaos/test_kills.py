"""kill -9 of Postgres and of web workers while people submit: nothing confirmed is lost, nothing is made twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil
import pytest

from tests.chaos.conftest import SEED
from tests.chaos.counting import Count, count
from tests.chaos.installation import Installation, installed
from tests.chaos.people import Ledger, people_submitting
from tests.chaos.waiting import until

# A commit is confirmed before it is on disk, and the disk is told as late as Postgres can be made to.
FORGETFUL = {"synchronous_commit": "off", "wal_writer_delay": "10s", "wal_writer_flush_after": "1GB"}
CONFIRMED_BETWEEN = (2, 6)
# The kill falls at some moment of a submission, which takes about so long.
LONGEST_MOMENT_SECONDS = 0.08


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with installed() as made:
        made.web.start()
        yield made


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


def kill_postmaster(installation: Installation, chance: random.Random) -> None:
    kill(installation.postgres()[:1])
    installation.start_postgres_again()


def kill_all_of_postgres(installation: Installation, chance: random.Random) -> None:
    kill(installation.postgres())
    installation.start_postgres_again()


def kill_backend(installation: Installation, chance: random.Random) -> None:
    """One of the processes that serve the portal; the postmaster then restarts all the others by itself."""
    with installation.superuser() as connection:
        query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        numbers = [row[0] for row in connection.execute(query).fetchall()]
    with suppress(psutil.NoSuchProcess):
        victim = psutil.Process(chance.choice(numbers)) if numbers else installation.postgres()[-1]
        victim.kill()
        victim.wait(10)
    until(installation.web.answers, "Postgres has recovered")


def kill_web_worker(installation: Installation, chance: random.Random) -> None:
    victim = chance.choice(installation.web.worker_processes())
    kill([victim])
    until(lambda: not victim.is_running(), "the worker is gone")
    until(lambda: len(installation.web.worker_processes()) == installation.web.workers, "another worker took its place")


WAYS = (kill_postmaster, kill_all_of_postgres, kill_backend)


def under_fire(
    installation: Installation, kills: int, ways: tuple[Callable[[Installation, random.Random], None], ...]
) -> tuple[Ledger, Count]:
    """Make ``kills`` kills, in each of the ``ways`` in turn, between confirmations."""
    chance = random.Random(SEED)
    moment = threading.Event()
    with people_submitting(installation) as ledger:
        for number in range(kills):
            ledger.wait_for_more(chance.randint(*CONFIRMED_BETWEEN))
            moment.wait(chance.uniform(0, LONGEST_MOMENT_SECONDS))
            ways[number % len(ways)](installation, chance)
        ledger.wait_for_more(1)
    assert not ledger.problems, ledger.problems
    return ledger, count(installation, ledger)


def test_postgres_is_killed(
    installation: Installation, times: Callable[[int, int], int], report: Callable[[str], None]
) -> None:
    kills = times(3, 100)
    ledger, found = under_fire(installation, kills, WAYS)
    report(f"kill -9 of Postgres, {kills} times: {found}; {dict(ledger.answers)}")
    assert ledger.answers["503"] + ledger.answers["connection broken"] > 0, "no kill met a submission"
    assert (found.lost, found.duplicated, found.half) == (0, 0, 0)


def test_web_workers_are_killed(
    installation: Installation, times: Callable[[int, int], int], report: Callable[[str], None]
) -> None:
    kills = times(5, 100)
    ledger, found = under_fire(installation, kills, (kill_web_worker,))
    report(f"kill -9 of web workers, {kills} times: {found}; {dict(ledger.answers)}")
    assert ledger.answers["connection broken"] > 0, "no kill met a submission"
    assert (found.lost, found.duplicated, found.half) == (0, 0, 0)


def test_the_harness_sees_what_a_forgetful_database_loses(
    installation: Installation, times: Callable[[int, int], int], report: Callable[[str], None]
) -> None:
    """The same with ``synchronous_commit=off``: if nothing were found lost here, nothing would be proved above."""
    kills = times(1, 10)
    installation.cluster.settings = FORGETFUL
    installation.start_postgres_again()
    until(installation.web.answers, "the portal answers")
    try:
        _, found = under_fire(installation, kills, (kill_all_of_postgres,))
    finally:
        installation.cluster.settings = {}
        installation.start_postgres_again()
    report(f"the same with synchronous_commit=off, {kills} kills: {found}")
    assert found.lost > 0
