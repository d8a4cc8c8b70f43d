"""A CSV file, written by Postgres itself with COPY and passed on as it comes, in little memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from django.db import connection, transaction

from pa_portal.reports.columns import Column
from pa_portal.reports.exports.cells import csv_sql
from pa_portal.reports.exports.choosing import Chosen

# Without it Excel takes UTF-8 for the machine's old code page.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
CHUNK = 64 * 1024


class Stream:
    """The file in pieces: a header of the columns' names, then the rows that its manager may see, oldest first.

    ``rows`` is how many have been passed on. Until the last piece is out the connection can do nothing else.
    """

    def __init__(self, chosen: Chosen) -> None:
        self.rows = 0
        self._columns = chosen.columns
        self._sql = chosen.select(", ".join(f"{csv_sql(column)} AS {column.name}" for column in chosen.columns))

    def __iter__(self) -> Iterator[bytes]:
        statement = f"COPY ({self._sql.text}) TO STDOUT WITH (FORMAT csv)"
        pending: list[bytes | memoryview] = [BYTE_ORDER_MARK, head(self._columns)]
        size = 0
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL DateStyle TO ISO")
            # psycopg's own cursor: Django's wrapper, when it logs SQL, has a copy() that takes no parameters.
            with cursor.cursor.copy(statement, self._sql.params) as copy:
                for row in copy:
                    pending.append(row)
                    size += len(row)
                    if size >= CHUNK:
                        self.rows += len(pending) - (2 if not self.rows else 0)
                        yield b"".join(pending)
                        pending, size = [], 0
                self.rows += len(pending) - (2 if not self.rows else 0)
                yield b"".join(pending)


def head(columns: Sequence[Column]) -> bytes:
    """Return the first line: the columns' names, which need no quotes."""
    return (",".join(column.name for column in columns) + "\n").encode("ascii")


def dictionary(columns: Sequence[Column]) -> bytes:
    """Return the data dictionary as a CSV file of its own."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["column", "label", "kind", "meaning"])
    lines.writerows((column.name, column.label, column.kind.value, column.meaning) for column in columns)
    return BYTE_ORDER_MARK + text.getvalue().encode()
