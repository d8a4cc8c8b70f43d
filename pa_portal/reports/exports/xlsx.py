"""An XLSX workbook with its data dictionary. Row by row into a file, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from django.db import connection, transaction
from pyarrow import csv

from pa_portal.reports.columns import Column, Kind
from pa_portal.reports.exports import sheets
from pa_portal.reports.exports.cells import neutral, xlsx_sql
from pa_portal.reports.exports.choosing import Chosen

# A sheet ends there, its header included; what is left goes to the next.
MOST_ROWS = 1_048_576 - 1
# For fewer rows, another process would take longer to begin than it saves.
APART_FROM = 20_000
_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm:ss"}
_WIDTHS = {Kind.TEXT: 26.0, Kind.CODE: 16.0, Kind.DATE: 12.0, Kind.MOMENT: 20.0}
# What the values are between Postgres and the writer; any other kind is text.
_TYPES = {Kind.DATE: pa.int32(), Kind.MOMENT: pa.float64(), Kind.NUMBER: pa.float64(), Kind.WHOLE: pa.int64()}
# Bytes of CSV that are read and written at once.
CHUNK = 256 * 1024


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
        _read_alone()
        # A little more than there are: some may come in before the rows are read.
        expected = chosen.count() + most // 1000
        rows = Rows(chosen, tick)

        def last() -> list[tuple[str, str]]:
            counted = (chosen.data.noun[1].capitalize(), f"{rows.count:,}")
            return [(neutral(what), neutral(which)) for what, which in (*about, counted)]

        how = sheets.write_apart if expected > apart_from else sheets.write
        how(path, _plan(chosen, -(-expected // most), most), rows.schema, rows, last)
        return rows.count


def _read_alone() -> None:
    """Have one process of the server read. Writing takes longer, and more of them would be in its way."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")


class Rows:
    """The rows as they are read, some at a time, and how many they have been so far."""

    def __init__(self, chosen: Chosen, tick: Callable[[int], None] = _go_on) -> None:
        self.count = 0
        self._tick = tick
        self.schema = pa.schema([(column.name, _TYPES.get(column.kind, pa.string())) for column in chosen.columns])
        self._sql = chosen.select(", ".join(map(xlsx_sql, chosen.columns)))

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for text in self._copied():
            table = csv.read_csv(
                pa.BufferReader(text),
                csv.ReadOptions(column_names=self.schema.names, block_size=len(text), use_threads=False),
                # A row of one column that is empty is an empty line.
                csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
                csv.ConvertOptions(
                    column_types=self.schema,
                    null_values=[""],
                    strings_can_be_null=True,
                    quoted_strings_can_be_null=False,
                ),
            )
            self.count += table.num_rows
            self._tick(self.count)
            yield from table.to_batches()

    def _copied(self) -> Iterator[bytes]:
        """Yield whole lines of CSV, some at a time."""
        pending: list[bytes | memoryview] = []
        size = 0
        # COPY, so that the server goes on while the rows are written; psycopg's own cursor, as for CSV.
        with (
            connection.cursor() as cursor,
            cursor.cursor.copy(f"COPY ({self._sql.text}) TO STDOUT WITH (FORMAT csv)", self._sql.params) as copy,
        ):
            for row in copy:
                pending.append(row)
                size += len(row)
                if size >= CHUNK:
                    yield b"".join(pending)
                    pending, size = [], 0
        if pending:
            yield b"".join(pending)


def formats(chosen: Chosen) -> dict[str, str]:
    """Return the number format of each column that has one, by its name."""
    return {column.name: _FORMATS[column.kind] for column in chosen.columns if column.kind in _FORMATS}


def _plan(chosen: Chosen, count: int, most: int) -> sheets.Plan:
    label, columns = chosen.data.label, chosen.columns
    return sheets.Plan(
        sheets=[label, *(f"{label} {number}" for number in range(2, count + 1))],
        most=most,
        formats=formats(chosen),
        # Wide enough for its name, and for the arrow of the filter beside it.
        widths={column.name: max(_WIDTHS.get(column.kind, 11.0), len(column.name) + 4.0) for column in columns},
        texts=[column.name for column in columns if column.kind not in _TYPES],
        dictionary=[_entry(column) for column in columns],
    )


def _entry(column: Column) -> dict[str, str]:
    return {"column": column.name, "label": column.label, "kind": column.kind.value, "meaning": column.meaning}
