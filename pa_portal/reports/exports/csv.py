"""A CSV file of cases, written by Postgres itself with COPY and passed on as it comes, in little memory."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from django.db import connection, transaction

from pa_portal.accounts.models import User
from pa_portal.reports.columns import Column
from pa_portal.reports.exports.cells import csv_sql
from pa_portal.reports.filters import Filters
from pa_portal.reports.queries import OLDEST, select

# Without it Excel takes UTF-8 for the machine's old code page.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
CHUNK = 64 * 1024


class Stream(Iterator[bytes]):
    """The file in pieces: a header of the columns' names, then the cases that this manager may see, oldest first.

    The statement has begun when this is made, so that what is wrong with it shows before anything is sent. ``close``
    ends it, whether all was read, some, or nothing: until then the connection can do nothing else.
    """

    def __init__(self, user: User, filters: Filters, columns: Sequence[Column]) -> None:
        self._chunks = _chunks(user, filters, columns)
        self._first: bytes | None = next(self._chunks)

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return next(self._chunks)

    def close(self) -> None:
        self._chunks.close()


def _chunks(user: User, filters: Filters, columns: Sequence[Column]) -> Generator[bytes, None, None]:
    what = ", ".join(f"{csv_sql(column)} AS {column.name}" for column in columns)
    sql = select(user, filters, what, f"ORDER BY {OLDEST}")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL DateStyle TO ISO")
        # psycopg's own cursor: Django's wrapper, when it logs SQL, has a copy() that takes no parameters.
        with cursor.cursor.copy(f"COPY ({sql.text}) TO STDOUT WITH (FORMAT csv, HEADER true)", sql.params) as copy:
            pending: list[bytes | memoryview] = [BYTE_ORDER_MARK]
            size = 0
            for row in copy:
                pending.append(row)
                size += len(row)
                if size >= CHUNK:
                    yield b"".join(pending)
                    pending, size = [], 0
            yield b"".join(pending)
