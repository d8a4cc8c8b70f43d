"""The impact of a policy on many requests: seconds and memory.

    python -m benchmarks.impact [how many requests: 100000]

Requests have hardly ever the same answers (benchmarks/bulk.py). The version tried counts receptors as positive from
another share of cells on. Told: the whole by the clock and in this process and the server's processor time, the most
memory by which this process grew, and how many outcomes change; with every day kept, with the requests behind a figure,
while the last two weeks are marked, and with nothing kept.
"""

from __future__ import annotations

import datetime
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "pa_portal.settings.test"

REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
WORKING_DAYS = 14


@dataclass
class Memory:
    """How much memory this process had at first, and at most since then, in MB."""

    before: float
    most: float

    @property
    def grown(self) -> float:
        return self.most - self.before


@contextmanager
def watched() -> Iterator[Memory]:
    """Look at this process's memory a hundred times a second."""
    import psutil

    own, ended = psutil.Process(), threading.Event()
    found = Memory(own.memory_info().rss / 1e6, 0)

    def look() -> None:
        while not ended.wait(0.01):
            found.most = max(found.most, own.memory_info().rss / 1e6)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()


def told(call: Callable[[], object]) -> str:
    """Return what a call cost."""
    import psutil
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
    with watched() as memory:
        started, own, busy = time.perf_counter(), time.process_time(), sum(server.cpu_times()[:2])
        result = call()
        spent = time.perf_counter() - started, time.process_time() - own, sum(server.cpu_times()[:2]) - busy
    return (
        f"{spent[0]:5.2f} s by the clock, {spent[1]:5.2f} s here, {spent[2]:5.2f} s of the server's processor, "
        f"{memory.grown:4.0f} MB more: {result}"
    )


def main() -> None:
    from django.db import connection
    from django.utils import timezone

    from benchmarks.bulk import make_cases, make_facts
    from criteria import catalog
    from pa_portal.accounts.models import Organization, User
    from pa_portal.reports import daily, drafts
    from pa_portal.reports.impact import impact

    plan = Organization.objects.create(kind="plan", name="Piedmont Mutual")
    homes = [Organization.objects.create(kind="provider", name=f"Practice {n}").pk for n in range(40)]
    manager = User.objects.create(organization=plan, role="manager", email="0@plan.example")
    newest = catalog.latest("IC-0072")
    text = (catalog.POLICIES / newest.id / newest.version / "policy.yaml").read_text(encoding="utf-8")
    tried = drafts.read(text.replace("fact: er_percent, at_least: 1}", "fact: er_percent, at_least: 60}", 1), "")
    started = time.perf_counter()
    make_cases(REQUESTS, plan=plan.pk, organizations=homes, reviewers=[manager.pk])
    make_facts()
    made = time.perf_counter()
    print(f"{REQUESTS:,} requests made in {made - started:.0f} s")
    today = timezone.localdate()
    days = (today - datetime.timedelta(days=731), today)

    def whole(*shows: str) -> str:
        found = impact(manager, tried, *days, shows=shows)
        return f"{found.changed:,} of {found.size:,} change"

    print(f"nothing kept:         {told(whole)}")
    print(f"kept:                 {told(lambda: f'{daily.fold():,} days')}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT sum(octet_length(heads) + octet_length(cases)) FROM reports_answers")
        print(f"packed answers: {cursor.fetchone()[0] / REQUESTS:.0f} bytes a request")
    for _ in range(3):
        print(f"every day kept:       {told(whole)}")
    print(f"with a list:          {told(lambda: whole('change:meets:meets'))}")
    print(
        f"ninety days:          {told(lambda: impact(manager, tried, today - datetime.timedelta(days=89), today).size)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reports_case SET total_units = total_units WHERE submitted_at > now() - %s * interval '1 day'",
            [WORKING_DAYS],
        )
    print(f"two weeks marked:     {told(whole)}")


if __name__ == "__main__":
    from benchmarks.dashboard import database

    with database():
        from pa_portal.accounts.acting import acting_as_portal

        with acting_as_portal("cases"):
            main()
