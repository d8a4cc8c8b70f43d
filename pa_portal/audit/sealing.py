"""The chain over the trace: closing stretches of it, its head to be kept elsewhere, and finding what was touched since.

Whoever owns the server can change any row, and can make the whole chain again; not so that it ends in a head that was
written down before. The rows after the last seal are not held by anything yet: the worker seals every minute.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from psycopg.types.multirange import Multirange

from pa_portal.audit.triggers import EVENT_TEXT, LONGEST, TRACE_TEXT

STRETCH = 10_000


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain: how many seals there are, and the last one's hash in hex."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"

    @classmethod
    def read(cls, line: str) -> Head:
        """Read what ``str`` wrote. Raises ValueError."""
        number, hash = line.split()
        return cls(int(number), bytes.fromhex(hash).hex())


@dataclass
class Findings:
    """What a verification found. ``problems`` is empty when nothing was touched; the rest says what was looked at."""

    seals: int = 0
    rows: int = 0
    events: int = 0
    unsealed: int = 0
    head: Head | None = None
    problems: list[str] = field(default_factory=list)


def seal() -> int:
    """Close everything that is committed, a stretch at a time. Returns the number of rows. As the system alone."""
    closed = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT audit_close(%s)", [STRETCH])
            now = int(cursor.fetchone()[0])
            closed += now
            if now < STRETCH:
                return closed


def head() -> Head | None:
    """Return the end of the chain; None while nothing is sealed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, encode(hash, 'hex') FROM audit_seal ORDER BY number DESC LIMIT 1")
        found = cursor.fetchone()
    return Head(*found) if found else None


def verify(known: list[Head]) -> Findings:
    """Work out every hash again and compare, in little memory. ``known`` are heads that were kept elsewhere.

    Everything is worked out here, from the rows themselves: the database's own functions may have been exchanged.
    """
    found = Findings()
    with transaction.atomic(), connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:  # within somebody's transaction, theirs has begun
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _chain(found, {one.number: one for one in known})
        _outside(found)
        _events(found)
    return found


def _stream(name: str, sql: str) -> Iterator[Any]:
    """Rows as they come, by a cursor on the server."""
    with connection.connection.cursor(name=name) as cursor:
        cursor.itersize = STRETCH
        cursor.execute(sql)
        yield from cursor


def _chain(found: Findings, known: dict[int, Head]) -> None:
    before = b""
    seals = _stream(
        "seals",
        "SELECT number, ids, ids::int8multirange, (extract(epoch FROM at) * 1000000)::bigint, digests, hash "
        "FROM audit_seal ORDER BY number",
    )
    for expected, (number, text, ids, moment, digests, hash) in enumerate(seals, start=1):
        if number != expected:
            found.problems.append(f"seal {expected} was removed")
            break
        found.seals += 1
        if hashlib.sha256(before + f"{text} {moment}".encode() + digests).digest() != hash:
            found.problems.append(f"seal {number} was altered: its hash does not follow")
        before = hash
        found.head = Head(number, hash.hex())
        if number in known and known[number] != found.head:
            found.problems.append(f"the chain was made again: seal {number} is not the one whose head was kept")
        _stretch(found, text, ids, digests)
    for missing in sorted(set(known) - set(range(1, found.seals + 1))):
        found.problems.append(f"seal {missing}, whose head was kept, is not there")


def _stretch(found: Findings, text: str, ids: Multirange[int], digests: bytes) -> None:
    """Compare the rows of one seal with what they said when it was made."""
    expected = itertools.chain.from_iterable(range(one.lower or 0, one.upper or 0) for one in ids)
    said = dict(zip(expected, (digests[at : at + 32] for at in range(0, len(digests), 32)), strict=False))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.id, {TRACE_TEXT} FROM audit_trace t "  # noqa: S608 (a constant)
            "WHERE t.id >= %s AND t.id < %s AND t.id <@ %s::int8multirange ORDER BY t.id",
            [ids[0].lower, ids[-1].upper, text],
        )
        for id, said_now in cursor:
            found.rows += 1
            if hashlib.sha256(said_now.encode()).digest() != said.pop(id, None):
                found.problems.append(f"row {id} of the trace was altered")
    found.problems += [f"row {id} of the trace was removed" for id in said]


def _outside(found: Findings) -> None:
    """Rows that no seal holds: those that came since are waiting for one, others were put in afterwards."""
    rows = _stream(
        "outside",
        f"""
        WITH sealed AS (
            SELECT coalesce(range_agg(one), '{{}}') AS ids FROM audit_seal, unnest(ids::int8multirange) one
        ),
        last AS (SELECT max(at) - interval '{LONGEST}' AS at FROM audit_seal),
        settled AS (
            SELECT reach FROM audit_seal, last WHERE audit_seal.at < last.at ORDER BY number DESC LIMIT 1
        )
        SELECT t.id, t.id < coalesce(s.reach, 0) OR t.at < coalesce((SELECT at FROM last), '-infinity')
        FROM audit_trace t LEFT JOIN settled s ON true
        WHERE NOT t.id <@ (SELECT ids FROM sealed) ORDER BY t.id
        """,  # noqa: S608 (constants)
    )
    for id, too_late in rows:
        if too_late:
            found.problems.append(f"row {id} of the trace was put in after its time was sealed")
        else:
            found.unsealed += 1


def _events(found: Findings) -> None:
    """Every event says what its row in the trace says that it said."""
    rows = _stream(
        "events",
        f"""
        SELECT e.id, CASE WHEN e.id IS NOT NULL THEN {EVENT_TEXT} END, t.digest,
            ('x' || right(t.subject, 16))::bit(64)::bigint
        FROM audit_event e FULL JOIN (
            SELECT digest, translate(subjects[1]::text, '-', '') AS subject
            FROM audit_trace WHERE object_type = 'audit_event'
        ) t ON t.subject = lpad(to_hex(e.id), 32, '0')
        """,  # noqa: S608 (a constant)
    )
    for id, text, digest, traced in rows:
        found.events += 1
        if id is None:
            found.problems.append(f"event {traced} was removed")
        elif digest is None:
            found.problems.append(f"event {id} was put in without a trace")
        elif hashlib.sha256(text.encode()).digest() != digest:
            found.problems.append(f"event {id} was altered")
