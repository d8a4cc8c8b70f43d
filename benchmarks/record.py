"""What the record costs: sealing it, verifying it, and one request's place on it.

    python -m benchmarks.record [rows]

On a throw-away cluster that does write to disk before it confirms. The rows are as pages and writes make them.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pa_portal.settings.dev")
os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark")

import django

from pa_portal.db import places, project
from pa_portal.db.cluster import Cluster

ROWS = 200_000
TIMES = 500


def seconds(work: object) -> float:
    begin = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begin


def main(rows: int) -> None:
    cluster = Cluster(places.at(project.throwaway_home()))
    cluster.start()
    os.environ["DATABASE_URL"] = f"{cluster.url}&options=-c%20portal.system%3Dbenchmark"
    django.setup()
    from django.core.management import call_command
    from django.db import connection, connections, transaction

    from pa_portal.audit import sealing

    try:
        call_command("migrate", verbosity=0)
        enter = "SELECT portal_enter(%s, 'provider', %s, %s, '127.0.0.1', 'GET intake:question', %s::uuid[])"

        def page(*, waiting: bool = True) -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                if not waiting:
                    cursor.execute("SET LOCAL synchronous_commit = off")
                cursor.execute(enter, [uuid4(), uuid4(), uuid4().hex, [uuid4()]])

        def nothing() -> None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT 1")

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(audit_write('update', 'submissions_request', ARRAY[gen_random_uuid()], '{answers}', ''))"
                " FROM generate_series(1, %s)",
                [rows],
            )
        print(f"sealing   {rows / seconds(sealing.seal):>10,.0f} rows a second")
        taken = seconds(lambda: sealing.verify([]))
        print(f"verifying {rows / taken:>10,.0f} rows a second")
        print(f"memory    {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>10,.0f} MB at most")
        kinds = {
            "an empty transaction": nothing,
            "one with a page on record": page,
            "without waiting for the disk": lambda: page(waiting=False),
        }
        for name, work in kinds.items():
            each = sorted(seconds(work) for _ in range(TIMES))
            print(f"{name:<28} {each[TIMES // 2] * 1000:.2f} ms (median of {TIMES})")
    finally:
        connections.close_all()
        cluster.destroy()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
