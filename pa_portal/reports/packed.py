"""The cases of a day packed into one value, so that a dashboard may be narrowed to a practice, a pathway or a person.

Sums (see ``daily``) are kept for everybody; for each practice, reviewer and pathway, and any two of them together, they
would be more than the cases. A case takes ``RECORD`` bytes here: which of the dashboard's counts it is one of, as bits,
which the database worked out by the same conditions as the sums; its turnaround, its units; and who and what it is of,
as numbers of ``Code``. Narrowing and adding up is left to NumPy. Days are kept, marked and kept anew as sums are.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from pa_portal.reports.cases import Sql
from pa_portal.reports.counts import COUNTS, condition_of
from pa_portal.reports.filters import NO_PATHWAY
from pa_portal.reports.models import Code, Packed

# Each of the sums that is a count, and the case that it counts; the rest of them is the units.
COUNTED: Final = {
    "received": "true",
    "approved": "c.state = 'approved'",
    "denied": "c.state = 'denied'",
    "first_approved": "c.first_decision = 'approved'",
    "first_denied": "c.first_decision = 'denied'",
    "against": "c.against_recommendation",
    "late": "NOT c.on_time",
}
UNITS: Final = "CASE WHEN c.authorization_status = 'active' THEN c.total_units END"
# The filters that packed cases can be narrowed by.
FILTERS: Final = frozenset({"business", "organization", "pathway", "urgency", "type", "reviewer"})
AUTOMATIC: Final = "automatic"

_NAMES: Final = (*COUNTED, *COUNTS)
# So many bits to a whole number of eight bytes, whose sign is left alone.
_WORD: Final = 60
_WORDS: Final = -(-len(_NAMES) // _WORD)
RECORD: Final = np.dtype(
    [
        ("bits", ">i8", (_WORDS,)),
        ("hours", ">f8"),
        ("units", ">i4"),
        ("kind", ">i4"),
        ("organization", ">i4"),
        ("reviewer", ">i4"),
    ]
)
_PLACE: Final = {name: place for place, name in enumerate(_NAMES)}
# What a case is of that few others are not: one code for all of it together.
_KIND = (
    "jsonb_build_array(c.line_of_business, c.urgency, c.request_type, c.pathways, c.reasons, "
    "c.policy_id || ' ' || c.policy_version)::text"
)
_CODES: Final = {"kind": _KIND, "organization": "c.organization_id::text", "reviewer": "c.decided_by_id::text"}

# The columns that ``packing`` selects. The organization is null where a row has a plan's whole day.
KEPT: Final = "plan_id, organization_id, day, cases"

Row = tuple[Any, ...]
_Records = NDArray[Any]


# Keeping


def codes(source: str) -> str:
    """Return the statement that gives a number to whatever the cases of ``source`` are of and has none."""
    table = Code._meta.db_table
    texts = " UNION ".join(f"SELECT {text} FROM c WHERE {text} IS NOT NULL" for text in _CODES.values())  # noqa: S608
    return f"WITH c AS MATERIALIZED ({source}) INSERT INTO {table} (text) {texts} ON CONFLICT (md5(text)) DO NOTHING"


def packing(source: str) -> Sql:
    """Return the query of the packed days of the cases that ``source`` selects with their ``day``: KEPT.

    A day of a plan, and the part of it that each organization sent.
    """
    conditions = [*(Sql(text) for text in COUNTED.values()), *map(condition_of, COUNTS.values())]
    bits = [f"CASE WHEN {one.text} THEN {1 << place % _WORD} ELSE 0 END" for place, one in enumerate(conditions)]
    words = (" | ".join(f"({bit})::bigint" for bit in bits[at : at + _WORD]) for at in range(0, len(bits), _WORD))
    parts = [f"int8send({word})" for word in words]
    parts += ["float8send(coalesce(c.turnaround_hours, 'NaN'))", f"int4send(coalesce({UNITS}, 0))"]
    parts += [f"int4send(coalesce({name}.id, 0))" for name in _CODES]
    joins = " ".join(f"LEFT JOIN {Code._meta.db_table} {name} ON {name}.text = {text}" for name, text in _CODES.items())
    return Sql(
        "SELECT plan_id, organization_id, day, string_agg(one, ''::bytea ORDER BY one) AS cases FROM ("  # noqa: S608
        f"SELECT c.plan_id, c.organization_id, c.day, {' || '.join(parts)} AS one FROM ({source}) c {joins}) packed "
        "GROUP BY GROUPING SETS ((plan_id, day), (plan_id, organization_id, day))",
        {name: value for one in conditions for name, value in one.params.items()},
    )


# Reading


def rows(
    days: Sequence[tuple[datetime.date, bytes]], chosen: Mapping[str, str], *, keys: Sequence[str], facets: bool
) -> list[Row]:
    """Add up packed days as ``daily.read`` does its own: the same rows, of the cases that ``chosen`` leaves."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, text FROM {Code._meta.db_table}")  # noqa: S608 (no values)
        texts = dict(cursor.fetchall())
    kinds = {id: json.loads(text) for id, text in texts.items() if text.startswith("[")}
    numbers = {text: id for id, text in texts.items()}
    records = np.frombuffer(b"".join(cases for _, cases in days), RECORD)
    places = np.repeat(np.arange(len(days)), [len(cases) // RECORD.itemsize for _, cases in days])
    left = _left(records, chosen, kinds, numbers)
    records, places = records[left], places[left]
    if not records.size:
        return []
    bits = {name: _bit(records, name) for name in _NAMES}
    found = _whole(records, bits, keys, {"day": ([day for day, _ in days], places), **_by_kind(records, kinds)})
    if facets:
        found += [(facet, value, *(None for _ in keys), *rest) for facet, value, *rest in _parts(records, bits, texts)]
    return found


def _bit(records: _Records, name: str) -> NDArray[np.bool_]:
    word, place = divmod(_PLACE[name], _WORD)
    return (records["bits"][:, word] >> place & 1).astype(bool)


def _left(
    records: _Records, chosen: Mapping[str, str], kinds: Mapping[int, Sequence[Any]], numbers: Mapping[str, int]
) -> NDArray[np.bool_]:
    """Return which cases the filters leave."""
    left = np.ones(records.size, bool)
    wanted = [_FITS[name](value) for name, value in chosen.items() if name in _FITS]
    if wanted:
        fits = np.zeros(max(kinds, default=0) + 1, bool)
        fits[[id for id, kind in kinds.items() if all(fit(kind) for fit in wanted)]] = True
        left &= fits[records["kind"]]
    for name in ("organization", "reviewer"):
        if chosen.get(name) == AUTOMATIC:
            left &= _bit(records, "automatic")
        elif name in chosen:
            left &= records[name] == numbers.get(chosen[name], -1)
    return left


_FITS: Final[Mapping[str, Callable[[str], Callable[[Sequence[Any]], bool]]]] = {
    "business": lambda value: lambda kind: kind[0] == value,
    "urgency": lambda value: lambda kind: kind[1] == value,
    "type": lambda value: lambda kind: kind[2] == value,
    "pathway": lambda value: (
        lambda kind: (
            kind[3] == [] if value == NO_PATHWAY else value in (kind[3] or ())  # as the filters' conditions have it
        )
    ),
}


def _by_kind(records: _Records, kinds: Mapping[int, Sequence[Any]]) -> dict[str, tuple[list[Any], NDArray[Any]]]:
    """Return, for line of business and urgency, the values there are, and of each case the place of its own."""
    found = {}
    for at, name in ((0, "business"), (1, "urgency")):
        values = sorted({kind[at] for kind in kinds.values()}, key=str)
        place = np.zeros(max(kinds) + 1, np.int64)
        for id, kind in kinds.items():
            place[id] = values.index(kind[at])
        found[name] = (values, place[records["kind"]])
    return found


def _whole(
    records: _Records,
    bits: Mapping[str, NDArray[np.bool_]],
    keys: Sequence[str],
    told_apart: Mapping[str, tuple[list[Any], NDArray[Any]]],
) -> list[Row]:
    """Return the rows of all cases together, told apart by ``keys``."""
    group = np.zeros(records.size, np.int64)
    for name in keys:
        values, places = told_apart[name]
        group = group * len(values) + places
    groups, group = np.unique(group, return_inverse=True)
    sums = _sums(records, bits, group, groups.size)
    counts = np.stack([np.bincount(group[bits[name]], minlength=groups.size) for name in COUNTS], axis=1).astype(">i4")
    hours = _hours(records, bits, group, groups.size)
    found = []
    for at, code in enumerate(groups.tolist()):
        told = []
        for name in reversed(keys):
            values = told_apart[name][0]
            code, place = divmod(code, len(values))
            told.append(values[place])
        found.append(("", "", *reversed(told), *sums[at], counts[at].tobytes(), hours[at]))
    return found


def _parts(records: _Records, bits: Mapping[str, NDArray[np.bool_]], texts: Mapping[int, str]) -> Iterable[Row]:
    """Yield the rows of each pathway, reason, policy, organization and reviewer: facet, value, sums, and the rest."""
    for name, facet, every in (
        ("kind", "pathway", None),
        ("kind", "reason", "first_denied"),
        ("kind", "policy", None),
        ("organization", "organization", None),
        ("reviewer", "reviewer", None),
    ):
        counted = records[name] > 0 if every is None else bits[every]
        these, of_these = records[counted], {one: bits[one][counted] for one in (*COUNTED, "decided")}
        if not these.size:
            continue
        ids, group = np.unique(these[name], return_inverse=True)
        sums = _sums(these, of_these, group, ids.size)
        if name == "kind":
            merged: dict[str, NDArray[np.int64]] = {}
            for id, row in zip(ids.tolist(), np.array(sums, np.int64), strict=True):
                for value in _values(facet, json.loads(texts[id])):
                    merged[value] = merged.get(value, 0) + row
            yield from ((facet, value, *row.tolist(), None, None) for value, row in merged.items())
        else:
            hours = _hours(these, of_these, group, ids.size) if facet == "reviewer" else [None] * ids.size
            for id, row, took in zip(ids.tolist(), sums, hours, strict=True):
                yield facet, texts[id], *row, None, took


def _values(facet: str, kind: Sequence[Any]) -> Iterable[str]:
    return {"pathway": kind[3] or (), "reason": kind[4] or (), "policy": (kind[5],)}[facet]


def _sums(
    records: _Records, bits: Mapping[str, NDArray[np.bool_]], group: NDArray[np.int64], size: int
) -> list[list[int]]:
    """Return the sums of each group, in the order of ``daily.SUMS``."""
    counted = [np.bincount(group[bits[name]], minlength=size) for name in COUNTED]
    units = np.bincount(group, weights=records["units"], minlength=size).astype(np.int64)
    found: list[list[int]] = np.stack([*counted, units], axis=1).tolist()
    return found


def _hours(
    records: _Records, bits: Mapping[str, NDArray[np.bool_]], group: NDArray[np.int64], size: int
) -> list[bytes | None]:
    """Return every turnaround of each group, eight bytes each."""
    decided = bits["decided"]
    order = np.argsort(group[decided], kind="stable")
    hours = records["hours"][decided][order]
    ends = np.cumsum(np.bincount(group[decided], minlength=size))[:-1]
    return [one.tobytes() or None for one in np.split(hours, ends)]


def table() -> str:
    """Return the name of the table of packed days."""
    return Packed._meta.db_table
