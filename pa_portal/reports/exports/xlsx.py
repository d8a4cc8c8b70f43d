"""An XLSX workbook with its data dictionary. Row by row into a file, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from django.db import connection, transaction

from pa_portal.reports.columns import Column, Kind
from pa_portal.reports.exports import sheets
from pa_portal.reports.exports.cells import neutral, xlsx_sql, xlsx_type
from pa_portal.reports.exports.choosing import Chosen

# A sheet ends there, its header included; what is left goes to the next.
MOST_ROWS = 1_048_576 - 1
# For fewer rows, another process would take longer to begin than it saves.
APART_FROM = 20_000
_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm:ss"}
_WIDTHS = {Kind.TEXT: 26.0, Kind.DATE: 12.0, Kind.MOMENT: 20.0}
_BATCH = 256


def _go_on(rows: int) -> None:
    pass


def write(
    chosen: Chosen,
    about: Sequence[tuple[str, str]],
    path: Path,
    *,
    tick: Callable[[int], None] = _go_on,
    most: int = MOST_ROWS,
    apart_from: int = APART_FROM,
) -> int:
    """Write the workbook to ``path``, and return how many rows it holds.

    ``about`` are lines of what and which for the last sheet. ``tick`` is told now and then how many rows are written,
    and may raise to end it. ``most`` is how many rows one sheet takes; ``apart_from``, from how many rows on another
    process writes.
    """
    with transaction.atomic():
        # A little more than there are: some may come in before the rows are read.
        expected = chosen.count() + most // 1000
        rows = Rows(chosen, tick)

        def last() -> list[tuple[str, str]]:
            counted = (chosen.data.noun[1].capitalize(), f"{rows.count:,}")
            return [(neutral(what), neutral(which)) for what, which in (*about, counted)]

        how = sheets.write_apart if expected > apart_from else sheets.write
        how(path, _plan(chosen, -(-expected // most), most), rows, last)
        return rows.count


class Rows:
    """The rows as they are read, some at a time, and how many they have been so far."""

    def __init__(self, chosen: Chosen, tick: Callable[[int], None] = _go_on) -> None:
        self.count = 0
        self._tick = tick
        self._types = [xlsx_type(column) for column in chosen.columns]
        self._sql = chosen.select(", ".join(map(xlsx_sql, chosen.columns)))

    def __iter__(self) -> Iterator[sheets.Batch]:
        # COPY, so that the server goes on while the rows are written; psycopg's own cursor, as for CSV.
        with (
            connection.cursor() as cursor,
            cursor.cursor.copy(f"COPY ({self._sql.text}) TO STDOUT WITH (FORMAT binary)", self._sql.params) as copy,
        ):
            copy.set_types(self._types)
            rows = copy.rows()
            while batch := list(islice(rows, _BATCH)):
                self.count += len(batch)
                self._tick(self.count)
                yield batch


def _plan(chosen: Chosen, count: int, most: int) -> sheets.Plan:
    label, columns = chosen.data.label, chosen.columns
    return sheets.Plan(
        sheets=[label, *(f"{label} {number}" for number in range(2, count + 1))],
        most=most,
        names=[column.name for column in columns],
        formats={column.name: _FORMATS[column.kind] for column in columns if column.kind in _FORMATS},
        widths={column.name: max(_WIDTHS.get(column.kind, 11.0), len(column.name) + 3.0) for column in columns},
        dictionary=[_entry(column) for column in columns],
    )


def _entry(column: Column) -> dict[str, str]:
    return {"column": column.name, "label": column.label, "kind": column.kind.value, "meaning": column.meaning}
