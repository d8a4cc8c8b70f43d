"""What another version of a policy would have made of requests that were sent: decided again over columns.

Nothing is changed, and nothing is decided by it. Before is what the version that governed each request makes of its
latest answers, after what the version tried does. An answer to a question that the version tried does not ask is left
out, and one that it asks anew is missing: that is never "no", so such a request comes out as not established.
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from numpy.typing import NDArray

from criteria import catalog
from criteria.columns import CODES, Columns, Decided, decide, encode
from criteria.nodes import Node
from criteria.policy import Policy
from criteria.verdict import OUTCOMES
from pa_portal.accounts.models import User
from pa_portal.reports.filters import NO_PATHWAY, SUBMITTED, Filters
from pa_portal.reports.models import CaseFacts
from pa_portal.reports.queries import select

Places = NDArray[np.intp]
Booleans = NDArray[np.bool_]
# The outcomes and, in the same order, their codes.
# Which requests of a pathway are counted: those that establish it before, after, newly and no longer, and those that
# establish it before or after and whose outcome changes. NO_PATHWAY stands for those that establish none.
PATHWAY_WAYS: Final = ("before", "after", "gained", "lost", "changed")
WORDS: Final = ("meets", "does_not_meet", "insufficient_information")
_CODE: Final = {OUTCOMES[verdict]: code for verdict, code in CODES.items()}
_FETCH: Final = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of a pathway: how many requests, by PATHWAY_WAYS."""

    id: str
    label: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Turn:
    """A criterion whose verdict turns on requests whose outcome changes, and to what it turns."""

    id: str
    label: str
    cite: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Impact:
    """Requests under both versions, in the order of ``ids``. ``left_out``: of versions that are no longer there."""

    policy: Policy
    ids: Sequence[uuid.UUID]
    before: NDArray[np.int8]
    groups: Sequence[tuple[Places, Decided]]
    after: Decided
    refused: int
    not_reproduced: int
    left_out: int

    @property
    def size(self) -> int:
        return len(self.ids)

    @cached_property
    def outcomes(self) -> NDArray[np.int8]:
        return self.after.outcomes

    @cached_property
    def changed(self) -> Booleans:
        """Where the outcome is another."""
        found: Booleans = self.before != self.outcomes
        return found

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many requests have each outcome before and after."""
        return {(old, new): int(self._where(old, new).sum()) for old in WORDS for new in WORDS}

    def pathways(self) -> list[Row]:
        """Return what each pathway of either version gains and loses, and the same of having none."""
        labels = {node.id: node.label for policy in self._policies() for node in policy.pathways}
        labels[NO_PATHWAY] = "No pathway"
        return [
            Row(id, label, {way: int(where.sum()) for way, where in self._pathway(id).items()})
            for id, label in labels.items()
        ]

    def criteria(self) -> list[Turn]:
        """Return the criteria whose verdict turns where the outcome changes, those that turn most often first."""
        turns = []
        for id, node in self._criteria().items():
            turned = {word: int(self._turned(id, word).sum()) for word in WORDS}
            if any(turned.values()):
                turns.append(Turn(id, node.label, node.cite, turned))
        return sorted(turns, key=lambda turn: (-sum(turn.counts.values()), turn.id))

    def chosen(self, show: str) -> list[uuid.UUID] | None:
        """Return the requests behind a figure, newest first, or None where there is no such figure.

        ``show``: "changed", "change:meets:does_not_meet", "pathway:<id>:<way>", "criterion:<id>:does_not_meet".
        """
        match show.split(":"):
            case ["changed"]:
                where = self.changed
            case ["change", old, new] if old in WORDS and new in WORDS:
                where = self._where(old, new)
            case ["pathway", id, way] if way in PATHWAY_WAYS and id in (NO_PATHWAY, *self._pathway_ids()):
                where = self._pathway(id)[way]
            case ["criterion", id, word] if id in self._criteria() and word in WORDS:
                where = self._turned(id, word)
            case _:
                return None
        return [self.ids[place] for place in np.flatnonzero(where).tolist()]

    def outcome_of(self, id: uuid.UUID) -> str:
        """Return the outcome after, of one of the requests."""
        code = int(self.outcomes[self._places[id]])
        return next(word for word in WORDS if _CODE[word] == code)

    @cached_property
    def _places(self) -> dict[uuid.UUID, int]:
        return {id: place for place, id in enumerate(self.ids)}

    def _policies(self) -> list[Policy]:
        return [self.policy, *(decided.policy for _, decided in self.groups)]

    def _criteria(self) -> dict[str, Node]:
        """The criteria that a person is told about: those of every request, of the pathways and of a renewal."""
        nodes = {}
        for policy in self._policies():
            own = [*policy.universal, *(child for path in policy.pathways for child in path.children), *policy.renewal]
            nodes.update({node.id: node for node in own if node.id not in nodes})
        return nodes

    def _where(self, old: str, new: str) -> Booleans:
        found: Booleans = (self.before == _CODE[old]) & (self.outcomes == _CODE[new])
        return found

    def _pathway_ids(self) -> list[str]:
        return [node.id for policy in self._policies() for node in policy.pathways]

    def _pathway(self, id: str) -> dict[str, Booleans]:
        """Where a pathway is established, in each of PATHWAY_WAYS."""
        old, new = self._pathway_before(id), self._pathway_after(id)
        found = (old, new, new & ~old, old & ~new, self.changed & (old | new))
        return dict(zip(PATHWAY_WAYS, found, strict=True))

    def _pathway_before(self, id: str) -> Booleans:
        found = np.zeros(self.size, dtype=bool)
        for places, decided in self.groups:
            found[places] = _established(decided, id)
        return found

    def _pathway_after(self, id: str) -> Booleans:
        return _established(self.after, id)

    def _turned(self, id: str, word: str) -> Booleans:
        """Where the outcome changes and a criterion's verdict turns to this; one that was not there turns from none."""
        none = np.full(self.size, -1, dtype=np.int8)
        after = self.after.verdicts(id) if id in self.policy.criteria else none
        before = none.copy()
        for places, decided in self.groups:
            if id in decided.policy.criteria:
                before[places] = decided.verdicts(id)
        found: Booleans = self.changed & (before != after) & (after == _CODE[word])
        return found


def _established(decided: Decided, id: str) -> Booleans:
    """Where a pathway is established, or none is."""
    own = [node.id for node in decided.policy.pathways]
    if id == NO_PATHWAY:
        found = np.ones(decided.outcomes.size, dtype=bool)
        for each in own:
            found &= ~decided.pathway(each)
        return found
    return decided.pathway(id) if id in own else np.zeros(decided.outcomes.size, dtype=bool)


def impact(user: User, policy: Policy, start: datetime.date, end: datetime.date) -> Impact:
    """Decide again every request of this policy that this manager may see and that was submitted in these days."""
    found = _Found(policy)
    for row in _read(user, policy, start, end):
        found.add(*row)
    return found.impact()


class _Found:
    """Requests as they are read: each set of answers once, and for every request which it has, its dates and so on."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.sets: dict[str, int] = {}
        self.versions: dict[str, int] = {}
        self.ids: list[uuid.UUID] = []
        self.numbers: list[tuple[int, ...]] = []

    def add(self, id: uuid.UUID, version: str, outcome: str, answers: str, *dates: int) -> None:
        self.ids.append(id)
        self.numbers.append(
            (
                self.sets.setdefault(answers, len(self.sets)),
                self.versions.setdefault(version, len(self.versions)),
                _CODE.get(outcome, MISSING_OUTCOME),
                *dates,
            )
        )

    def impact(self) -> Impact:
        names = _dates(self.policy)
        numbers = np.array(self.numbers, dtype=np.int64).reshape(len(self.ids), 3 + len(names))
        known = {catalog_policy.version: catalog_policy for catalog_policy in _versions(self.policy.id)}
        there = np.array([version in known for version in self.versions], dtype=bool)
        kept = np.flatnonzero(there[numbers[:, 1]]) if self.ids else np.empty(0, dtype=np.intp)
        numbers, ids = numbers[kept], [self.ids[place] for place in kept]
        answers = [json.loads(text) for text in self.sets]
        dates = dict(zip(names, numbers[:, 3:].T, strict=True))

        def decided(policy: Policy, places: Places) -> tuple[Decided, int]:
            distinct = encode(policy, answers)
            columns = distinct.take(numbers[places, 0])
            own = {name: column[places].astype(np.int32) for name, column in dates.items() if name in policy.facts}
            return decide(policy, Columns(columns.size, {**columns.facts, **own})), distinct.refused

        after, refused = decided(self.policy, np.arange(len(ids)))
        before = np.full(len(ids), CODES[None], dtype=np.int8)
        groups = []
        for version, code in self.versions.items():
            places = np.flatnonzero(numbers[:, 1] == code)
            if places.size:
                under, _ = decided(known[version], places)
                before[places] = under.outcomes
                groups.append((places, under))
        odd = int((before != numbers[:, 2]).sum())
        return Impact(self.policy, ids, before, groups, after, refused, odd, len(self.ids) - len(ids))


# What stands for an outcome that no policy gives.
MISSING_OUTCOME: Final = -1


def _versions(policy_id: str) -> tuple[Policy, ...]:
    try:
        return catalog.versions(policy_id)
    except catalog.UnknownPolicy:
        return ()


def _dates(policy: Policy) -> list[str]:
    """Return the facts that differ from patient to patient and day to day, so that the rest is often the same."""
    return [fact.name for fact in policy.facts.values() if fact.kind == "date"]


def _read(user: User, policy: Policy, start: datetime.date, end: datetime.date) -> Iterator[tuple[Any, ...]]:
    """Yield id, version, outcome, answers as text and the dates as numbers, newest first."""
    names = _dates(policy)
    # The names come from a file that a person may have sent, and so are parameters.
    keys = {f"date_{place}": name for place, name in enumerate(names)}
    number = (
        ", CASE WHEN f.facts ->> %({0})s ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$' "
        "THEN replace(f.facts ->> %({0})s, '-', '')::int ELSE -1 END"
    )
    dates = "".join(number.format(key) for key in keys)
    inner = select(
        user,
        Filters(SUBMITTED, start, end),
        "c.id, c.policy_version, c.outcome, c.submitted_at",
        "AND c.policy_id = %(policy_id)s",
    )
    text = (
        f"SELECT c.id, c.policy_version, c.outcome, (f.facts - %(dates)s::text[])::text{dates} "  # noqa: S608
        f"FROM ({inner.text}) c JOIN {CaseFacts._meta.db_table} f ON f.id = c.id "
        "WHERE jsonb_typeof(f.facts) = 'object' ORDER BY c.submitted_at DESC, c.id"
    )
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name="impact") as cursor:
            cursor.itersize = _FETCH
            cursor.execute(text, {**inner.params, **keys, "policy_id": policy.id, "dates": names})
            yield from cursor
