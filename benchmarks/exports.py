"""What a file costs, over the least that Postgres and a fast writer need for the same, in one run.

    python -m benchmarks.exports [CASES]            # 100,000; or EXPORT_ROWS=1000000

CSV: the portal's stream, against COPY of the same columns as they are stored, read through psycopg and dropped.
XLSX: the portal's workbook, the database's time included, against rustpy-xlsxwriter alone: the same rows and columns,
already in memory as Python's own values (a hundred thousand of them, again and again), with the same forms of dates,
to a file on the same disk.
Both are told in seconds, and in the processor's seconds (this process, those it starts, and Postgres's for it), which
other programs on the machine change less. The portal reads in one process and writes a workbook in another, so its
seconds need a processor for each. Memory: by how much a process of its own, which does both, grows while it makes a
file, for several sizes.
Rounds alternate; a ratio is the median of each round's. Postgres is a throw-away cluster on this machine.
"""

from __future__ import annotations

import datetime
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pa_portal.settings.dev")
os.environ.setdefault("SECRET_KEY", "only-for-this-benchmark")

import django
import psutil

from pa_portal.db import places, project
from pa_portal.db.cluster import Cluster

ROOT = Path(__file__).parents[1]
CASES, ROUNDS = 100_000, 5
ROWS = int(os.environ.get("EXPORT_ROWS") or (sys.argv[1] if sys.argv[1:2] and sys.argv[1].isdigit() else CASES))
TARGETS = {"csv": 1.3, "xlsx": 1.2}
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
    from django.db import connection

    from benchmarks.bulk import make_cases
    from pa_portal.accounts.models import Organization, User

    call_command("migrate", verbosity=0)
    plan = Organization.objects.create(name="Plan", kind="plan")
    clinics = [Organization.objects.create(name=f"Clinic {number}", kind="provider") for number in range(40)]
    people = [
        User.objects.create(email=f"{name}@x.example", first_name=name, last_name="X", role=role, organization=plan)
        for name, role in (("a", "reviewer"), ("b", "director"), ("m", "manager"))
    ]
    reviewers = [one.pk for one in people[:2]]
    start = time.perf_counter()
    # As the command that draws all cases again, whose rows are no news.
    with connection.cursor() as cursor:
        cursor.execute("SET portal.system = 'cases'")
    make_cases(count, plan=plan.pk, organizations=[one.pk for one in clinics], reviewers=reviewers)
    print(f"{count:,} cases made in {time.perf_counter() - start:.0f} s")
    return people[2]


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds, and the processor's seconds."""

    wall: float
    processor: float


def spent(act: Callable[[], Any]) -> Spent:
    from django.db import connection

    connection.ensure_connection()
    server = psutil.Process(connection.connection.info.backend_pid)
    here = psutil.Process()
    wall, processor = time.perf_counter(), sum(here.cpu_times()[:4]) + sum(server.cpu_times()[:2])
    act()
    return Spent(
        time.perf_counter() - wall,
        sum(here.cpu_times()[:4]) + sum(server.cpu_times()[:2]) - processor,
    )


def rounds() -> int:
    return ROUNDS if ROWS <= CASES else 3


def compare(least: Callable[[], Any], ours: Callable[[], Any]) -> Comparison:
    least(), ours()
    return Comparison([(spent(least), spent(ours)) for _ in range(rounds())])


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rounds of the least and of ours."""

    pairs: list[tuple[Spent, Spent]]

    def line(self, of: Callable[[Spent], float]) -> str:
        """Return the median seconds of both, and of their ratio within a round."""
        pairs = [(of(low), of(high)) for low, high in self.pairs]
        low, high = (statistics.median(times) for times in zip(*pairs, strict=True))
        return f"{low:>9.2f} {high:>9.2f} {statistics.median(high / low for low, high in pairs):>6.2f}x"


def everything(user: Any, last: datetime.date | None = None) -> Any:
    """Return the choice of every request and every column, up to a day."""
    from pa_portal.reports.exports import datasets
    from pa_portal.reports.exports.choosing import Chosen
    from pa_portal.reports.filters import Filters

    data = datasets.BY_NAME[datasets.REQUESTS]
    filters = Filters("submitted", datetime.date(2000, 1, 1), last) if last else Filters()
    return Chosen(user, data, filters, datasets.columns_for(user, data))


def csv_ratio(user: Any) -> Comparison:
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


def xlsx_ratio(user: Any) -> Comparison:
    from rustpy_xlsxwriter import Format, write_worksheets

    from pa_portal.reports.exports import xlsx

    chosen = everything(user)
    count = chosen.count()
    # A million in memory would take longer than writing them.
    ready = in_memory(chosen, min(count, CASES))

    with tempfile.TemporaryDirectory() as folder:
        bare, ours = Path(folder) / "bare.xlsx", Path(folder) / "ours.xlsx"
        formats = {name: Format().set_num_format(text) for name, text in xlsx.formats(chosen).items()}

        def least() -> None:
            rows = itertools.islice(itertools.cycle(ready), count)
            write_worksheets([("Requests", rows)], str(bare), column_formats={"Requests": formats})

        found = compare(
            least,
            lambda: xlsx.write(chosen, [], ours),
        )
        assert lines_in(bare) == lines_in(ours) == count + 1
        print(
            f"workbooks: {bare.stat().st_size / 1e6:.0f} MB the bare writer's, {ours.stat().st_size / 1e6:.0f} MB ours"
        )
        return found


def in_memory(chosen: Any, count: int) -> list[dict[str, Any]]:
    """Return rows as whoever calls the writer would have them: text, numbers, Python's own dates and moments."""
    from django.db import connection, transaction

    from pa_portal.reports.columns import Kind
    from pa_portal.reports.exports.cells import csv_sql

    def value(column: Any) -> str:
        match column.kind:
            case Kind.MOMENT:
                return f"date_trunc('second', {column.value}) AT TIME ZONE 'UTC'"
            case Kind.NUMBER:
                return f"({column.value})::float8"
            case Kind.DATE | Kind.WHOLE:
                return str(column.value)
        return csv_sql(column)

    sql = chosen.select(", ".join(map(value, chosen.columns)))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{sql.text} LIMIT {count}", sql.params)
        names = [column.name for column in chosen.columns]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def lines_in(path: Path) -> int:
    """Return how many rows a workbook's first sheet has, its header included."""
    with zipfile.ZipFile(path) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
        rest, found = b"", 0
        while piece := sheet.read(1_000_000):
            found += (rest + piece).count(b"</row>")
            rest = piece[-5:]
        return found


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
    before = peak_mb()
    if form == "csv":
        for _ in csv.Stream(chosen):
            pass
    else:
        with tempfile.TemporaryDirectory() as folder:
            xlsx.write(chosen, [], Path(folder) / "file.xlsx", apart_from=2 * count)
    print(peak_mb() - before)


def peak_mb() -> float:
    """Return the most that this process has had in memory. (What getrusage tells begins with its parent's.)"""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


def main(count: int) -> None:
    with database(count) as user:
        print(f"medians of {rounds()}; the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        print(f"{'file':<5} {'in':<10} {'least, s':>9} {'ours, s':>9} {'ratio':>7} {'target':>7}")
        for form, ratio in (("csv", csv_ratio), ("xlsx", xlsx_ratio)):
            found = ratio(user)
            print(f"{form:<5} {'seconds':<10} {found.line(lambda one: one.wall)} {TARGETS[form]:>6}x")
            print(f"{form:<5} {'processor':<10} {found.line(lambda one: one.processor)}")
            sizes = ", ".join(f"{size:,} {memory_mb(form, size):+.1f} MB" for size in MEMORY_AT if size <= count)
            print(f"{form:<5} grows by: {sizes}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--grow"]:
        grow(sys.argv[2], int(sys.argv[3]))
    else:
        main(ROWS)
