"""An XLSX workbook with its data dictionary. Some rows at a time into a file, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from django.db import connection, transaction

from pa_portal.reports.columns import Column, Kind
from pa_portal.reports.exports import workbook
from pa_portal.reports.exports.cells import neutral, xlsx_sql
from pa_portal.reports.exports.choosing import Chosen
from pa_portal.reports.exports.workbook import Style

# Its header takes one.
MOST_ROWS = workbook.MOST_ROWS - 1
CHUNK = 64 * 1024
DICTIONARY, ABOUT = "Data dictionary", "About this file"
_LOOKS = {
    Kind.DATE: (Style.DATE, 12.0),
    Kind.MOMENT: (Style.MOMENT, 20.0),
    Kind.WHOLE: (Style.WHOLE, 11.0),
    Kind.NUMBER: (Style.NUMBER, 11.0),
    Kind.CODE: (Style.TEXT, 16.0),
    Kind.TEXT: (Style.TEXT, 26.0),
    Kind.YES_NO: (Style.TEXT, 11.0),
}


_WORDS = [
    workbook.Column("column", Style.WRAPPED, 26.0),
    workbook.Column("label", Style.WRAPPED, 28.0),
    workbook.Column("kind", Style.WRAPPED, 30.0),
    workbook.Column("meaning", Style.WRAPPED, 90.0),
]
_LINES = [workbook.Column("what", Style.WRAPPED, 32.0), workbook.Column("which", Style.WRAPPED, 90.0)]


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
    and may raise to end it. ``most`` is how many rows one sheet takes: the others go to the next.
    """
    with transaction.atomic(), workbook.Book(path) as book:
        rows = _rows(book, chosen, tick, most)
        _explain(book, DICTIONARY, _WORDS, map(_entry, chosen.columns))
        counted = (chosen.data.noun[1].capitalize(), f"{rows:,}")
        _explain(book, ABOUT, _LINES, ([neutral(what), neutral(which)] for what, which in (*about, counted)))
    return rows


def _rows(book: workbook.Book, chosen: Chosen, tick: Callable[[int], None], most: int) -> int:
    columns = [workbook.Column(one.name, *_look(one)) for one in chosen.columns]
    label, count, sheets = chosen.data.label, 0, 1
    with ExitStack() as open_sheet:
        sheet = open_sheet.enter_context(book.sheet(label, columns, frozen=1, filtered=True))
        for piece in copied(chosen):
            lines, plain = workbook.ready(piece)
            while lines:
                room = sheet.room(most)
                sheet.copied(lines[:room], plain=plain)
                count += len(lines[:room])
                lines = lines[room:]
                if lines:
                    open_sheet.close()
                    sheets += 1
                    name = f"{label} {sheets}"
                    sheet = open_sheet.enter_context(book.sheet(name, columns, frozen=1, filtered=True))
            tick(count)
    return count


def _look(column: Column) -> tuple[Style, float]:
    style, width = _LOOKS[column.kind]
    # Wide enough for its name, and for the arrow of the filter beside it.
    return style, max(width, len(column.name) + 4.0)


def _explain(
    book: workbook.Book, name: str, columns: Sequence[workbook.Column], lines: Iterable[Sequence[str]]
) -> None:
    with book.sheet(name, columns) as sheet:
        for line in lines:
            sheet.add(line)


def _entry(column: Column) -> list[str]:
    return [column.name, column.label, column.kind.value, column.meaning]


def copied(chosen: Chosen) -> Iterator[bytes]:
    """Yield the rows as Postgres copies them, whole lines, some at a time."""
    sql = chosen.select(", ".join(map(xlsx_sql, chosen.columns)))
    statement = f"COPY ({sql.text}) TO STDOUT WITH (FORMAT text, NULL '')"
    pending: list[bytes | memoryview] = []
    size = 0
    # psycopg's own cursor, as for CSV.
    with connection.cursor() as cursor, cursor.cursor.copy(statement, sql.params) as copy:
        for row in copy:
            pending.append(row)
            size += len(row)
            if size >= CHUNK:
                yield b"".join(pending)
                pending, size = [], 0
        yield b"".join(pending)
