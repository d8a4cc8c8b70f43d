"""An XLSX workbook with its data dictionary. Row by row into a file, so that memory stays flat."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from rustpy_xlsxwriter import Format, write_worksheets

from pa_portal.reports.columns import Column, Kind
from pa_portal.reports.exports.cells import neutral, xlsx_sql, xlsx_type
from pa_portal.reports.exports.choosing import Chosen

# A sheet ends there, its header included; what is left goes to the next.
MOST_ROWS = 1_048_576 - 1
DICTIONARY, ABOUT = "Data dictionary", "About this file"
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
) -> int:
    """Write the workbook to ``path``, and return how many rows it holds.

    ``about`` are lines of what and which for the last sheet. ``tick`` is told now and then how many rows are written,
    and may raise to end it. ``most`` is how many rows one sheet takes.
    """
    with transaction.atomic():
        # A little more than there are: some may come in before the rows are read.
        expected = chosen.count() + most // 1000
        label = chosen.data.label
        sheets = [label, *(f"{label} {number}" for number in range(2, -(-expected // most) + 1))]
        rows = Rows(chosen, tick)
        _write(path, rows, sheets, about, most)
        return rows.count


class Rows:
    """The rows, a dictionary for each as they are read, and how many they have been so far."""

    def __init__(self, chosen: Chosen, tick: Callable[[int], None] = _go_on) -> None:
        self.columns = chosen.columns
        self.noun = chosen.data.noun[1].capitalize()
        self.count = 0
        self._tick = tick
        self._sql = chosen.select(", ".join(map(xlsx_sql, chosen.columns)))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = [column.name for column in self.columns]
        # COPY, so that the server goes on while the rows are written; psycopg's own cursor, as for CSV.
        with (
            connection.cursor() as cursor,
            cursor.cursor.copy(f"COPY ({self._sql.text}) TO STDOUT WITH (FORMAT binary)", self._sql.params) as copy,
        ):
            copy.set_types([xlsx_type(column) for column in self.columns])
            for row in copy.rows():
                self.count += 1
                if not self.count % _BATCH:
                    self._tick(self.count)
                yield dict(zip(names, row, strict=True))
        if not self.count:
            # The writer takes the columns' names from a row: a blank one gives an empty sheet its header.
            yield dict.fromkeys(names)


def _write(path: Path, rows: Rows, sheets: Sequence[str], about: Sequence[tuple[str, str]], most: int) -> None:
    columns, found = rows.columns, iter(rows)
    formats = {
        column.name: Format().set_num_format(_FORMATS[column.kind]) for column in columns if column.kind in _FORMATS
    }
    widths = {column.name: max(_WIDTHS.get(column.kind, 11.0), len(column.name) + 3.0) for column in columns}
    write_worksheets(
        [
            *((name, itertools.islice(found, most)) for name in sheets),
            (DICTIONARY, [_entry(column) for column in columns]),
            (ABOUT, _about(about, rows)),
        ],
        str(path),
        freeze_panes={"general": {"row": 1, "col": 0}, **{name: {"row": 1, "col": 1} for name in sheets}},
        bold_headers=True,
        autofilter=dict.fromkeys(sheets, True),
        column_formats=dict.fromkeys(sheets, formats),
        column_widths={
            **dict.fromkeys(sheets, widths),
            DICTIONARY: {"column": 26.0, "label": 28.0, "kind": 30.0, "meaning": 110.0},
            ABOUT: {"what": 26.0, "which": 70.0},
        },
    )


def _about(lines: Sequence[tuple[str, str]], rows: Rows) -> Iterator[dict[str, str]]:
    """Yield the lines of the last sheet. It is written after the rows, so that their number is known by then."""
    for what, which in (*lines, (rows.noun, f"{rows.count:,}")):
        yield {"what": neutral(what), "which": neutral(which)}


def _entry(column: Column) -> dict[str, str]:
    return {"column": column.name, "label": column.label, "kind": column.kind.value, "meaning": column.meaning}
