"""A CSV file of cases, written by Postgres itself with COPY and passed on as it comes, in little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection, transaction

from pa_portal.accounts.models import User
from pa_portal.reports.columns import Column
from pa_portal.reports.exports.cells import csv_sql
from pa_portal.reports.filters import Filters
from pa_portal.reports.queries import OLDEST, select

# Without it Excel takes UTF-8 for the machine's old code page.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
CHUNK = 64 * 1024


def stream(user: User, filters: Filters, columns: Sequence[Column]) -> Iterator[bytes]:
    """Yield the file in pieces: a header of the columns' names, then the cases that this manager may see, oldest first.

    The statement has begun when this returns, so that what is wrong with it shows before anything is sent.
    """
    chunks = _chunks(user, filters, columns)
    first = next(chunks)

    def whole() -> Iterator[bytes]:
        yield first
        yield from chunks

    return whole()


def _chunks(user: User, filters: Filters, columns: Sequence[Column]) -> Iterator[bytes]:
    what = ", ".join(f"{csv_sql(column)} AS {column.name}" for column in columns)
    sql = select(user, filters, what, f"ORDER BY {OLDEST}")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL DateStyle TO ISO")
        with cursor.copy(f"COPY ({sql.text}) TO STDOUT WITH (FORMAT csv, HEADER true)", sql.params) as copy:
            pending, size = [BYTE_ORDER_MARK], 0
            for row in copy:
                pending.append(bytes(row))
                size += len(row)
                if size >= CHUNK:
                    yield b"".join(pending)
                    pending, size = [], 0
            yield b"".join(pending)
