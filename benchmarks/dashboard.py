"""The manager's dashboard: the database's time for it.

    python benchmarks/dashboard.py [how many requests: 100000]

Cases are made inside the database (tests/reports/bulk.py), spread over two years; figures read nothing else. For each
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

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "pa_portal.settings.test"

REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
ROUNDS, ORGANIZATIONS, REVIEWERS, WORKING_DAYS = 5, 22, 14, 14


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

    from pa_portal.accounts.models import Organization, User
    from pa_portal.reports import daily
    from pa_portal.reports.figures import figures, standing
    from pa_portal.reports.filters import Filters
    from tests.reports.bulk import make_cases

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
    make_cases(REQUESTS, plan=plan.pk, organizations=[home.pk for home in homes], reviewers=reviewers)
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
        "90 days, one organization": Filters("submitted", **recent, chosen={"organization": str(homes[0].pk)}),
        "90 days, one pathway": Filters("submitted", **recent, chosen={"pathway": "tnbc_first_line"}),
        "all, one reviewer": Filters("submitted", **everything, chosen={"reviewer": str(reviewers[0])}),
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


def measured(call) -> str:  # type: ignore[no-untyped-def]
    """Return the times of one view, in milliseconds."""
    import psutil
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
    best = [float("inf")] * 3
    for _ in range(ROUNDS):
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
        main()
