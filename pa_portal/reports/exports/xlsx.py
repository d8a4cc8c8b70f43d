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
from pa_portal.reports.exports.cells import neutral, xlsx_sql
from pa_portal.reports.filters import Filters
from pa_portal.reports.queries import OLDEST, select, totals

# A sheet ends there, its header included; what is left goes to the next.
MOST_ROWS = 1_048_576 - 1
DICTIONARY, ABOUT = "Data dictionary", "About this file"
_BATCH = 2000
_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm:ss"}
_WIDTHS = {Kind.TEXT: 26.0, Kind.DATE: 12.0, Kind.MOMENT: 20.0}


def workbook(
    user: User, filters: Filters, columns: Sequence[Column], about: Sequence[tuple[str, str]], *, most: int = MOST_ROWS
) -> IO[bytes]:
    """Return the workbook as an open file that has no name any more: it is gone when it is closed.

    ``about`` are lines of what and which for the last sheet. ``most`` is how many cases one sheet takes.
    """
    with transaction.atomic(), tempfile.TemporaryDirectory(prefix="report-") as folder:
        with connection.cursor() as cursor:
            # The count and the rows are to be of one moment.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        count = totals(user, filters)["requests"]
        rows = _rows(user, filters, columns)
        path = Path(folder) / "report.xlsx"
        _write(path, rows, count, columns, [*about, ("Requests", f"{count:,}")], most)
        return path.open("rb")


def _rows(user: User, filters: Filters, columns: Sequence[Column]) -> Iterator[dict[str, Any]]:
    names = [column.name for column in columns]
    sql = select(user, filters, ", ".join(map(xlsx_sql, columns)), f"ORDER BY {OLDEST}")
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql.text, sql.params)
        while batch := cursor.fetchmany(_BATCH):
            for row in batch:
                yield dict(zip(names, row, strict=True))


def _write(
    path: Path,
    rows: Iterator[dict[str, Any]],
    count: int,
    columns: Sequence[Column],
    about: Sequence[tuple[str, str]],
    most: int,
) -> None:
    # Names of columns come from the first row. A row of blanks gives an empty sheet its header.
    if not count:
        rows = iter([dict.fromkeys(column.name for column in columns)])
    names = ["Requests", *(f"Requests {number}" for number in range(2, -(-count // most) + 1))]
    formats = {
        column.name: Format().set_num_format(_FORMATS[column.kind]) for column in columns if column.kind in _FORMATS
    }
    widths = {column.name: max(_WIDTHS.get(column.kind, 11.0), len(column.name) + 3.0) for column in columns}
    write_worksheets(
        [
            *((name, itertools.islice(rows, most)) for name in names),
            (DICTIONARY, [_entry(column) for column in columns]),
            (ABOUT, [{"what": neutral(what), "which": neutral(which)} for what, which in about]),
        ],
        str(path),
        freeze_panes={"general": {"row": 1, "col": 0}, **{name: {"row": 1, "col": 1} for name in names}},
        bold_headers=True,
        autofilter=dict.fromkeys(names, True),
        column_formats=dict.fromkeys(names, formats),
        column_widths={
            **dict.fromkeys(names, widths),
            DICTIONARY: {"column": 26.0, "label": 28.0, "kind": 30.0, "meaning": 110.0},
            ABOUT: {"what": 26.0, "which": 70.0},
        },
    )


def _entry(column: Column) -> dict[str, str]:
    return {"column": column.name, "label": column.label, "kind": column.kind.value, "meaning": column.meaning}
