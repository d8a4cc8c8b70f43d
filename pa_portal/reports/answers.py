"""The answers of a day's requests packed into one value, so that a million requests can be decided again in seconds.

Each column is a question, and holds of each request the place of its answer among the day's distinct ones; place 0 is
no answer. So the same answer is read and understood once, however many gave it, and NumPy does the rest. The first two
columns are the version that governed and the outcome on record. Days are kept, marked and kept anew as sums are (see
``daily``), and a marked day is packed afresh from its requests, by the same code.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from numpy.typing import NDArray

from pa_portal.accounts.models import User
from pa_portal.reports.filters import SUBMITTED, is_plan
from pa_portal.reports.models import Answers, Case, CaseFacts, Changed

Numbers = NDArray[np.int32]
# So many requests to a value at most, so that a place among their distinct answers fits in two bytes.
PART: Final = 50_000
_PLACE: Final = np.dtype("<u2")
_ID: Final = np.dtype("V16")
# So many requests are handed on at once: enough for NumPy, and few enough for memory.
_TOGETHER: Final = 50_000
# How many days are packed by one statement, and how many rows are fetched at once.
_BATCH, _FETCH = 60, 8
_TABLE: Final = Answers._meta.db_table
# Whose rows a manager reads.
_MINE: Final = "d.plan_id = %(mine)s"
_KEYS = "plan_id, policy_id, day, part"


# Packing


@dataclass(frozen=True, slots=True)
class Packed:
    """The requests of a day: ``heads`` says which answers there are, ``cases`` holds the ids and each column's places.

    ``heads`` is JSON: the ``names`` of the questions, and for each column its ``values``, each as JSON.
    """

    heads: str
    cases: bytes


def pack(ids: bytes, versions: Sequence[str], outcomes: Sequence[str | None], facts: str) -> Packed:
    """Pack requests. ``facts`` is a JSON array of the answers of each by the questions' names."""
    rows: list[dict[str, Any]] = json.loads(facts, parse_int=_whole)
    names = sorted({name for row in rows for name in row})
    columns = [_places(versions), _places(outcomes), *(_places([row.get(name) for row in rows]) for name in names)]
    heads = {"names": names, "values": [values for values, _ in columns]}
    return Packed(json.dumps(heads), b"".join([ids, *(places.tobytes() for _, places in columns)]))


def _whole(text: str) -> float:
    # Python refuses to read a number of thousands of digits. No question takes one, so that it need not be exact.
    return int(text) if len(text) <= 300 else float(text)


def _places(values: Sequence[Any]) -> tuple[list[str], NDArray[np.uint16]]:
    """Return the distinct values but None, as JSON, and the place of each value among them, from 1."""
    # By what Python calls them: True is not 1, and 1 is not 1.0.
    keys = [repr(value) for value in values]
    distinct = dict(zip(keys, values, strict=True))
    distinct.pop("None", None)
    order = sorted(distinct)
    place = {"None": 0, **{key: place for place, key in enumerate(order, 1)}}
    return [json.dumps(distinct[key]) for key in order], np.array([place[key] for key in keys], _PLACE)


def _requests(days: str, rest: str = "true") -> str:
    """Return the query of the requests of the days ``k`` (plan_id, day) that ``days`` selects, a part in a row, newest
    first: what tells parts apart, and what ``pack`` takes.
    """
    moment = "c.submitted_at >= k.day::timestamp AT TIME ZONE %(zone)s"
    until = "c.submitted_at < (k.day + 1)::timestamp AT TIME ZONE %(zone)s"
    # OFFSET keeps Postgres to the index, a day at a time.
    return f"""
        SELECT {_KEYS}, string_agg(uuid_send(id), ''::bytea ORDER BY place) AS ids,
          array_agg(policy_version ORDER BY place) AS versions, array_agg(outcome ORDER BY place) AS outcomes,
          '[' || string_agg(facts::text, ',' ORDER BY place) || ']' AS facts
        FROM (
          SELECT k.day, c.*, row_number() OVER newest AS place,
            ((row_number() OVER newest - 1) / {PART})::int AS part
          FROM ({days}) k CROSS JOIN LATERAL (
            SELECT c.id, c.plan_id, c.policy_id, c.policy_version, c.outcome, c.submitted_at, f.facts
            FROM {Case._meta.db_table} c JOIN {CaseFacts._meta.db_table} f ON f.id = c.id
            WHERE c.plan_id = k.plan_id AND {moment} AND {until} AND jsonb_typeof(f.facts) = 'object' AND {rest}
            OFFSET 0
          ) c
          WINDOW newest AS (PARTITION BY c.plan_id, c.policy_id, k.day ORDER BY c.submitted_at DESC, c.id)
        ) c GROUP BY {_KEYS}"""  # noqa: S608 (no values)


def digest() -> str:
    """Return what tells kept days from those that another version of this module packed."""
    return hashlib.sha256(f"1 {_requests('')}".encode()).hexdigest()


# Keeping


def keep(days: Sequence[tuple[uuid.UUID, datetime.date]]) -> None:
    """Keep the answers of these plans' days anew. Within a transaction."""
    for start in range(0, len(days), _BATCH):
        chosen, given = _chosen(days[start : start + _BATCH])
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {_TABLE} d USING ({chosen}) k WHERE d.plan_id = k.plan_id AND d.day = k.day",  # noqa: S608
                given,
            )
            for *keys, ids, versions, outcomes, facts in _stream(_requests(chosen), given):
                made = pack(ids, versions, outcomes, facts)
                cursor.execute(
                    f"INSERT INTO {_TABLE} ({_KEYS}, heads, cases) VALUES (%s, %s, %s, %s, %s, %s)",  # noqa: S608
                    [*keys, made.heads, made.cases],
                )


def differences() -> int:
    """Return how many kept rows are not as the cases say, missing and left-over ones included; marked days aside."""
    marks = f"SELECT plan_id, day FROM {Changed._meta.db_table} WHERE basis = '{SUBMITTED}'"  # noqa: S608
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT plan_id, (submitted_at AT TIME ZONE %s)::date FROM {Case._meta.db_table} "  # noqa: S608
                f"UNION SELECT plan_id, day FROM {_TABLE} ORDER BY 1, 2",
                [settings.TIME_ZONE],
            )
            days = cursor.fetchall()
        found = 0
        for start in range(0, len(days), _BATCH):
            chosen, given = _chosen(days[start : start + _BATCH])
            both = (
                "SELECT fresh.ids, fresh.versions, fresh.outcomes, fresh.facts, kept.heads, kept.cases "  # noqa: S608
                f"FROM ({_requests(chosen)}) fresh FULL JOIN "
                f"(SELECT d.* FROM {_TABLE} d JOIN ({chosen}) k ON d.plan_id = k.plan_id AND d.day = k.day) kept "
                f"USING ({_KEYS}) WHERE (plan_id, day) NOT IN ({marks})"
            )
            for ids, versions, outcomes, facts, heads, cases in _stream(both, given):
                fresh = pack(ids, versions, outcomes, facts) if ids is not None else None
                found += fresh != Packed(heads, cases)
    return found


def _chosen(days: Sequence[tuple[uuid.UUID, datetime.date]]) -> tuple[str, dict[str, Any]]:
    return (
        "SELECT * FROM unnest(%(plans)s::uuid[], %(days)s::date[]) AS k (plan_id, day)",
        {"plans": [plan for plan, _ in days], "days": [day for _, day in days], "zone": settings.TIME_ZONE},
    )


def _stream(text: str, given: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query, a few at a time, as they are at its start. Within a transaction."""
    with connection.cursor() as cursor:
        # Compiling takes longer than running; and sorting belongs in memory.
        cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
    with connection.connection.cursor(name="answers", binary=True) as rows:
        rows.itersize = _FETCH
        rows.execute(text, given)
        yield from rows


# Reading


class Distinct:
    """The distinct answers to one question among all that is read: ``values`` as they were met, None first."""

    def __init__(self) -> None:
        self.values: list[Any] = [None]
        self._numbers: dict[str, int] = {}

    def numbers(self, texts: Sequence[str]) -> Numbers:
        """Return the place of no answer, and of each of these answers in JSON."""
        known = self._numbers
        for text in texts:
            if text not in known:
                known[text] = len(self.values)
                self.values.append(json.loads(text))
        return np.array([0, *map(known.__getitem__, texts)], np.int32)


@dataclass(frozen=True, slots=True)
class Read:
    """Some requests, newest first: their ids, 16 bytes each, and of each column the places among its ``Distinct``."""

    ids: NDArray[np.void]
    versions: Numbers
    outcomes: Numbers
    facts: Mapping[str, Numbers]

    @property
    def size(self) -> int:
        return len(self.ids)

    def take(self, places: NDArray[np.intp]) -> Read:
        """Return those at these places."""
        facts = {name: numbers[places] for name, numbers in self.facts.items()}
        return Read(self.ids[places], self.versions[places], self.outcomes[places], facts)


class Reader:
    """Reads requests of one policy that were submitted in some days, as this plan's manager may see them."""

    def __init__(self, user: User, policy_id: str, start: datetime.date, end: datetime.date) -> None:
        self.versions, self.outcomes = Distinct(), Distinct()
        self.facts: dict[str, Distinct] = {}
        self._user = user
        self._given = {
            "mine": user.organization_id,
            "policy_id": policy_id,
            "first": start,
            "last": end,
            "zone": settings.TIME_ZONE,
        }

    def parts(self) -> Iterator[Read]:
        """Yield all of them, newest first, some ten thousands at a time."""
        if not is_plan(self._user):
            return
        waiting: list[Read] = []
        size = 0
        # One statement, so that nobody folds in between.
        within = f"{_MINE} AND d.day BETWEEN %(first)s AND %(last)s"
        marked = (
            f"SELECT DISTINCT d.plan_id, d.day FROM {Changed._meta.db_table} d "  # noqa: S608 (no values)
            f"WHERE d.basis = '{SUBMITTED}' AND {within}"
        )
        text = (
            f"WITH marked AS MATERIALIZED ({marked}) "  # noqa: S608 (no values)
            "SELECT d.day, d.part, d.heads, d.cases, NULL::text[], NULL::text[], NULL::text "
            f"FROM {_TABLE} d WHERE {within} AND d.policy_id = %(policy_id)s AND d.day NOT IN (SELECT day FROM marked) "
            "UNION ALL SELECT f.day, f.part, NULL, f.ids, f.versions, f.outcomes, f.facts "
            f"FROM ({_requests('SELECT * FROM marked', 'c.policy_id = %(policy_id)s')}) f ORDER BY 1 DESC, 2"
        )
        with transaction.atomic():
            for _, _, heads, cases, versions, outcomes, facts in _stream(text, self._given):
                kept = Packed(heads, cases) if heads is not None else pack(cases, versions, outcomes, facts)
                waiting.append(self._unpacked(kept))
                size += waiting[-1].size
                if size >= _TOGETHER:
                    yield _joined(waiting)
                    waiting, size = [], 0
        if waiting:
            yield _joined(waiting)

    def _unpacked(self, kept: Packed) -> Read:
        heads = json.loads(kept.heads)
        names, values = heads["names"], heads["values"]
        size = len(kept.cases) // (_ID.itemsize + _PLACE.itemsize * len(values))
        ids = np.frombuffer(kept.cases, _ID, size)
        columns = np.frombuffer(kept.cases, _PLACE, offset=size * _ID.itemsize).reshape(len(values), size)
        distinct = [self.versions, self.outcomes, *(self.facts.setdefault(name, Distinct()) for name in names)]
        found = [own.numbers(texts)[places] for own, texts, places in zip(distinct, values, columns, strict=True)]
        return Read(ids, found[0], found[1], dict(zip(names, found[2:], strict=True)))


def _joined(parts: Sequence[Read]) -> Read:
    names = {name: None for part in parts for name in part.facts}
    return Read(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.versions for part in parts]),
        np.concatenate([part.outcomes for part in parts]),
        {
            name: np.concatenate(
                [part.facts[name] if name in part.facts else np.zeros(part.size, np.int32) for part in parts]
            )
            for name in names
        },
    )
