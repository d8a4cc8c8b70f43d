"""What a file and the overview cost, over the least that Postgres and the writer need for the same, in one run.

    python -m benchmarks.exports [CASES]            # 100,000; or EXPORT_ROWS=1000000

CSV: the portal's stream, against COPY of the same columns as they are stored, read through psycopg and dropped.
XLSX: the portal's workbook, against the bare writer on rows that are in memory already (a hundred thousand of them,
again and again). Memory: by how much a process grows while it makes a file, with all of the one that writes a
workbook, for several sizes. Overview: time in the database for the last 90 days and for two years, its counts checked
against plain ones. Rounds alternate; a ratio is the median of each round's. Postgres is a throw-away cluster on this
machine.
"""

from __future__ import annotations

import datetime
import itertools
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pa_portal.settings.dev")
os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark")

import django

from pa_portal.db import places, project
from pa_portal.db.cluster import Cluster

ROOT = Path(__file__).parents[1]
CASES, ROUNDS = 100_000, 5
ROWS = int(os.environ.get("EXPORT_ROWS") or (sys.argv[1] if sys.argv[1:2] and sys.argv[1].isdigit() else CASES))
TARGETS = {"csv": 1.3, "xlsx": 1.2, "overview": 300}
MEMORY_AT = (20_000, 100_000, 1_000_000)


@contextmanager
def database(count: int) -> Iterator[Any]:
    """A cluster of its own with ``count`` cases; gives the manager who sees them."""
    cluster = Cluster(places.at(project.throwaway_home()), durable=False)
    cluster.start()
    # What is measured runs behind the database's walls; what looks at it from outside sees every row.
    os.environ["DATABASE_URL"] = f"{cluster.url}&options=-c%20portal.system%3Dbenchmark"
    try:
        django.setup()
        yield fill(count)
    finally:
        from django.db import connections

        connections.close_all()
        cluster.destroy()


def fill(count: int) -> Any:
    from django.core.management import call_command

    from pa_portal.accounts.models import Organization, User
    from tests.reports.bulk import make_cases

    call_command("migrate", verbosity=0)
    plan = Organization.objects.create(name="Plan", kind="plan")
    clinics = [Organization.objects.create(name=f"Clinic {number}", kind="provider") for number in range(40)]
    people = [
        User.objects.create(email=f"{name}@x.example", first_name=name, last_name="X", role=role, organization=plan)
        for name, role in (("a", "reviewer"), ("b", "director"), ("m", "manager"))
    ]
    reviewers = [one.pk for one in people[:2]]
    make_cases(count, plan=plan.pk, organizations=[one.pk for one in clinics], reviewers=reviewers)
    return people[2]


def seconds(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def rounds() -> int:
    return ROUNDS if ROWS <= CASES else 1


def compare(least: Callable[[], Any], ours: Callable[[], Any]) -> tuple[float, float, float]:
    """Return the median seconds of both, and of their ratio within a round."""
    least(), ours()
    pairs = [(seconds(least), seconds(ours)) for _ in range(rounds())]
    low, high = (statistics.median(times) for times in zip(*pairs, strict=True))
    return low, high, statistics.median(high / low for low, high in pairs)


def everything(user: Any, last: datetime.date | None = None) -> Any:
    """Return the choice of every request and every column, up to a day."""
    from pa_portal.reports.exports import datasets
    from pa_portal.reports.exports.choosing import Chosen
    from pa_portal.reports.filters import Filters

    data = datasets.BY_NAME[datasets.REQUESTS]
    filters = Filters("submitted", datetime.date(2000, 1, 1), last) if last else Filters()
    return Chosen(user, data, filters, datasets.columns_for(user, data))


def csv_ratio(user: Any) -> tuple[float, float, float]:
    from django.db import connection

    from pa_portal.reports.exports.csv import Stream

    chosen = everything(user)
    sql = chosen.select(", ".join(f"{one.value} AS {one.name}" for one in chosen.columns))

    def least() -> None:
        statement = f"COPY ({sql.text}) TO STDOUT WITH (FORMAT csv, HEADER)"
        with connection.cursor() as cursor, cursor.cursor.copy(statement, sql.params) as copy:
            for _ in copy:
                pass

    def ours() -> None:
        for _ in Stream(chosen):
            pass

    return compare(least, ours)


def xlsx_ratio(user: Any) -> tuple[float, float, float]:
    from django.db import transaction
    from rustpy_xlsxwriter import write_worksheets

    from pa_portal.reports.exports import xlsx

    chosen = everything(user)
    count = chosen.count()
    with transaction.atomic():
        names = [column.name for column in chosen.columns]
        rows = (dict(zip(names, row, strict=True)) for batch in xlsx.Rows(chosen) for row in batch)
        # A million in memory would take longer than writing them.
        ready = [natural(row, chosen.columns) for row in itertools.islice(rows, CASES)]

    with tempfile.TemporaryDirectory() as folder:
        return compare(
            lambda: write_worksheets(
                [("Requests", itertools.islice(itertools.cycle(ready), count))], f"{folder}/bare.xlsx"
            ),
            lambda: xlsx.write(chosen, [], Path(folder) / "ours.xlsx"),
        )


def natural(row: dict[str, Any], columns: Any) -> dict[str, Any]:
    """Return the row with its days and moments as Python has them, as whoever calls the writer would."""
    from pa_portal.reports.columns import Kind

    start = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 (a workbook knows no zones)
    made = dict(row)
    for column in columns:
        value = row[column.name]
        if value is not None and column.kind in (Kind.DATE, Kind.MOMENT):
            moment = start + datetime.timedelta(days=value)
            made[column.name] = moment.date() if column.kind == Kind.DATE else moment
    return made


def overview_ms(user: Any, days: int) -> tuple[int, float]:
    """Return how many requests the overview of so many days counts, and its time in the database."""
    from django.db import connection
    from django.utils import timezone

    from pa_portal.reports.figures import figures, standing
    from pa_portal.reports.filters import Filters
    from pa_portal.reports.models import Case

    today = timezone.localdate()
    filters = Filters("submitted", today - datetime.timedelta(days=days - 1), today)
    spent: list[float] = []

    def timed(execute: Any, *given: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(*given)
        finally:
            spent.append(time.perf_counter() - start)

    rounds = []
    for _ in range(ROUNDS + 1):
        spent.clear()
        with connection.execute_wrapper(timed):
            found = figures(user, filters)
            standing(user, filters)
        rounds.append(1000 * sum(spent))
    where = filters.where()
    plain = Case.objects.filter(
        plan_id=user.organization_id,
        submitted_at__gte=where.params["start"],
        submitted_at__lt=where.params["end"],
    )
    for state in ("approved", "denied"):
        assert found.counts[state] == plain.filter(state=state).count()
    assert found.counts["received"] == plain.count()
    return found.counts["received"], statistics.median(rounds[1:])


def memory_mb(form: str, count: int) -> float:
    """Return by how much a process of its own grows while it makes a file of ``count`` cases."""
    command = [sys.executable, "-m", "benchmarks.exports", "--grow", form, str(count)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout)


def grow(form: str, count: int) -> None:
    django.setup()
    from pa_portal.accounts.models import User
    from pa_portal.reports.exports import csv, xlsx
    from pa_portal.reports.models import Case

    user = User.objects.get(role="manager")
    last = Case.objects.order_by("submitted_at")[count - 1].submitted_at.date()
    chosen = everything(user, last)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if form == "csv":
        for _ in csv.Stream(chosen):
            pass
    else:
        with tempfile.TemporaryDirectory() as folder:
            xlsx.write(chosen, [], Path(folder) / "file.xlsx")
    other_process = form == "xlsx" and count > xlsx.APART_FROM
    apart = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if other_process else 0
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before + apart) / 1024)


def main(count: int) -> None:
    with database(count) as user:
        print(f"{count:,} cases; medians of {rounds()}")
        print(f"{'file':<9} {'least, s':>9} {'ours, s':>9} {'ratio':>7} {'target':>7}   memory at {MEMORY_AT}, MB")
        for form, ratio in (("csv", csv_ratio), ("xlsx", xlsx_ratio)):
            least, ours, times = ratio(user)
            sizes = ", ".join(f"{memory_mb(form, size):+.1f}" for size in MEMORY_AT if size <= count)
            print(f"{form:<9} {least:>9.2f} {ours:>9.2f} {times:>6.2f}x {TARGETS[form]:>6}x   {sizes}")
        for days in (90, 731):
            found, spent = overview_ms(user, days)
            print(f"overview of {days} days: {found:,} requests, {spent:.0f} ms (target {TARGETS['overview']})")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--grow"]:
        grow(sys.argv[2], int(sys.argv[3]))
    else:
        main(ROWS)
