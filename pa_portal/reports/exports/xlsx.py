"""An XLSX workbook of cases, with its data dictionary. Row by row into a file, so that memory stays flat."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from django.db import connection, transaction
from rustpy_xlsxwriter import Format, write_worksheets

from pa_portal.accounts.models import User
from pa_portal.reports.columns import Column, Kind
from pa_portal.reports.exports.cells import neutral, xlsx_sql, xlsx_type
from pa_portal.reports.filters import Filters
from pa_portal.reports.queries import OLDEST, select, totals

# A sheet ends there, its header included; what is left goes to the next.
MOST_ROWS = 1_048_576 - 1
DICTIONARY, ABOUT = "Data dictionary", "About this file"
_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm:ss"}
_WIDTHS = {Kind.TEXT: 26.0, Kind.DATE: 12.0, Kind.MOMENT: 20.0}


def workbook(
    user: User, filters: Filters, columns: Sequence[Column], about: Sequence[tuple[str, str]], *, most: int = MOST_ROWS
) -> IO[bytes]:
    """Return the workbook as an open file that has no name any more: it is gone when it is closed.

    ``about`` are lines of what and which for the last sheet. ``most`` is how many cases one sheet takes.
    """
    with transaction.atomic(), tempfile.TemporaryDirectory(prefix="report-") as folder:
        # A little more than there are: some may come in before the rows are read.
        expected = totals(user, filters)["requests"] + most // 1000
        sheets = ["Requests", *(f"Requests {number}" for number in range(2, -(-expected // most) + 1))]
        path = Path(folder) / "report.xlsx"
        _write(path, Rows(user, filters, columns), sheets, about, most)
        return path.open("rb")


class Rows:
    """The cases, a dictionary for each as they are read, and how many they have been so far."""

    def __init__(self, user: User, filters: Filters, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.count = 0
        self._sql = select(user, filters, ", ".join(map(xlsx_sql, columns)), f"ORDER BY {OLDEST}")

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
                yield dict(zip(names, row, strict=True))
        if not self.count:
            # The writer takes the columns' names from a row: a blank one gives an empty sheet its header.
            yield dict.fromkeys(names)


def _write(path: Path, rows: Rows, sheets: Sequence[str], about: Sequence[tuple[str, str]], most: int) -> None:
    columns, cases = rows.columns, iter(rows)
    formats = {
        column.name: Format().set_num_format(_FORMATS[column.kind]) for column in columns if column.kind in _FORMATS
    }
    widths = {column.name: max(_WIDTHS.get(column.kind, 11.0), len(column.name) + 3.0) for column in columns}
    write_worksheets(
        [
            *((name, itertools.islice(cases, most)) for name in sheets),
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
    """Yield the lines of the last sheet. It is written after the cases, so that their number is known by then."""
    for what, which in (*lines, ("Requests", f"{rows.count:,}")):
        yield {"what": neutral(what), "which": neutral(which)}


def _entry(column: Column) -> dict[str, str]:
    return {"column": column.name, "label": column.label, "kind": column.kind.value, "meaning": column.meaning}
