"""The manager's dashboard: the database's time for it.

    python -m benchmarks.dashboard [how many requests: 100000]

Cases are made inside the database (benchmarks/bulk.py), spread over two years; figures read nothing else. For each
view: the server's processor time (which does not grow while other programs are busy), the time of its statements as
the client sees them, and the whole with Python; the best of several rounds. Once with every day kept, and once while
the last two weeks are marked as changed, as on a working day between two foldings.
"""

from __future__ import annotations

import datetime
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "pa_portal.settings.test"

REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ROUNDS, ORGANIZATIONS, REVIEWERS, WORKING_DAYS = 5, 40, 14, 14
# The first organization sends a quarter of all requests, and the others the rest alike.
BIG = 13


@contextmanager
def database() -> Iterator[None]:
    """A throw-away cluster with the portal's tables."""
    from tests.conftest import start_throwaway_cluster

    cluster = start_throwaway_cluster()
    os.environ["DATABASE_URL"] = cluster.url
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield
    finally:
        from django.db import connections

        connections.close_all()
        cluster.destroy()


def main() -> None:
    from django.db import connection
    from django.utils import timezone

    from benchmarks.bulk import make_cases, make_tasks
    from pa_portal.accounts.models import Organization, User
    from pa_portal.reports import daily, queries
    from pa_portal.reports.figures import figures, standing, workload
    from pa_portal.reports.filters import Filters
    from pa_portal.reports.published import published, years

    plan = Organization.objects.create(kind="plan", name="Piedmont Mutual")
    homes = [Organization.objects.create(kind="provider", name=f"Practice {n}") for n in range(ORGANIZATIONS)]
    people = [
        User.objects.create(
            organization=plan,
            role="manager" if n == 0 else "reviewer",
            email=f"{n}@plan.example",
            first_name="N",
            last_name=str(n),
        )
        for n in range(REVIEWERS + 1)
    ]
    manager, reviewers = people[0], [user.pk for user in people[1:]]
    started = time.perf_counter()
    senders = [homes[0].pk] * BIG + [home.pk for home in homes[1:]]
    make_cases(REQUESTS, plan=plan.pk, organizations=senders, reviewers=reviewers)
    make_tasks(reviewers)
    made = time.perf_counter()
    days = daily.fold()
    folded = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{REQUESTS:,} cases made in {made - started:.0f} s, {days:,} days kept in {folded - made:.1f} s")
    today = timezone.localdate()
    recent = {"start": today - datetime.timedelta(days=89), "end": today}
    everything = {"start": today - datetime.timedelta(days=731), "end": today}
    views = {
        "default, 90 days": Filters("submitted", **recent),
        "all, two years": Filters("submitted", **everything),
        "all, by decision": Filters("decided", **everything),
        "all, one line of business": Filters("submitted", **everything, chosen={"business": "medicaid"}),
        "all, one urgency": Filters("submitted", **everything, chosen={"urgency": "expedited"}),
        "all, one organization": Filters("submitted", **everything, chosen={"organization": str(homes[0].pk)}),
        "all, one pathway": Filters("submitted", **everything, chosen={"pathway": "tnbc_first_line"}),
        "90 days, one organization": Filters("submitted", **recent, chosen={"organization": str(homes[0].pk)}),
        "90 days, one pathway": Filters("submitted", **recent, chosen={"pathway": "tnbc_first_line"}),
        "all, one reviewer": Filters("submitted", **everything, chosen={"reviewer": str(reviewers[0])}),
        "all, two of them": Filters(
            "decided", **everything, chosen={"reviewer": str(reviewers[0]), "pathway": "tnbc_first_line"}
        ),
    }
    homes_own = [
        User.objects.create(organization=home, role="manager", email=f"{home.pk}@practice.example")
        for home in homes[:2]
    ]
    of_plan = Filters("submitted", **everything).undated()
    others = {
        "what filters may be set to": lambda: queries.options(manager),
        "who has what to decide": lambda: workload(manager, of_plan),
        "published measures, a year": lambda: published(manager, today.year - 1).rows(),
        "years with a decision": lambda: years(manager),
    }
    for state in ("every day kept", f"the last {WORKING_DAYS} days changed"):
        if state != "every day kept":
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE reports_case SET total_units = total_units "
                    "WHERE submitted_at > now() - %s * interval '1 day'",
                    [WORKING_DAYS],
                )
        print(f"\n{state}:")
        for name, filters in views.items():
            now = filters.undated().having(reviewer="")
            print(f"  {name:28} {measured(lambda: (figures(manager, filters), standing(manager, now)))}")  # noqa: B023
        for which, own in zip(("with a quarter of all", "of many"), homes_own, strict=True):
            print(f" the manager of a practice {which}:")
            for name, filters in views.items():
                if not filters.chosen.keys() & {"organization", "reviewer"}:
                    now = filters.undated()
                    print(f"  {name:28} {measured(lambda: (figures(own, filters), standing(own, now)))}")  # noqa: B023
        print(" beside the figures:")
        for name, call in others.items():
            print(f"  {name:28} {measured(call)}")
    print("\nthe same worked out from the cases themselves, and whether it is the same to the row:")
    for user in (manager, *homes_own):
        for name, filters in views.items():
            if name.startswith("all") and (user is manager or not filters.chosen.keys() & {"organization", "reviewer"}):
                kept = figures(user, filters)
                with from_cases():
                    same = alike(figures(user, filters), kept)
                    print(f"  {name:28} {measured(lambda: figures(user, filters), rounds=1)}, same: {same}")  # noqa: B023


@contextmanager
def from_cases() -> Iterator[None]:
    """Leave sums and packed cases aside."""
    from unittest.mock import patch

    from pa_portal.reports import daily

    def afresh(user: Any, filters: Any, keys: Any, facets: bool) -> Any:
        return daily._summed(daily._afresh(user, filters), keys, facets)

    with patch.object(daily, "is_plan", lambda _: False), patch.object(daily, "_unpacked", afresh):
        yield


def alike(one: Any, other: Any) -> bool:
    """Whether two dashboards say the same, whatever the order of rows, and of hours in a mean."""

    def plain(found: Any) -> Any:
        return found.counts, {
            table: {
                row.get("key", ""): {
                    name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()
                }
                for row in rows
            }
            for table, rows in found.tables.items()
        }

    return bool(plain(one) == plain(other))


def measured(call, rounds: int = ROUNDS) -> str:  # type: ignore[no-untyped-def]
    """Return the times of one view, in milliseconds."""
    import psutil
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
    best = [float("inf")] * 3
    for _ in range(rounds):
        waited = 0.0

        def timed(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
            nonlocal waited
            started = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                waited += time.perf_counter() - started

        started, busy = time.perf_counter(), sum(server.cpu_times()[:2])
        with connection.execute_wrapper(timed):
            call()
        spent = (sum(server.cpu_times()[:2]) - busy, waited, time.perf_counter() - started)
        best = [min(pair) for pair in zip(best, spent, strict=True)]
    processor, waited, whole = (f"{1000 * value:6.0f} ms" for value in best)
    return f"server's processor {processor}, statements {waited}, with Python {whole}"


if __name__ == "__main__":
    with database():
        from pa_portal.accounts.acting import acting_as_portal

        with acting_as_portal("cases"):
            main()
