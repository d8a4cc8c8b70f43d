"""What another version of a policy would have made of requests that were sent: decided again over columns.

Nothing is changed, and nothing is decided by it. Before is what the version that governed each request makes of its
latest answers, after what the version tried does. An answer to a question that the version tried does not ask is left
out, and one that it asks anew is missing: that is never "no", so such a request comes out as not established.

Requests are read, decided and counted some ten thousands at a time, so that memory does not grow with them.
"""

from __future__ import annotations

import datetime
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, overload

import numpy as np
from numpy.typing import NDArray

from criteria import catalog
from criteria.columns import CODES, Codes, Column, Columns, Decided, decide
from criteria.facts import Fact
from criteria.nodes import Node
from criteria.policy import Policy
from criteria.verdict import OUTCOMES
from pa_portal.accounts.models import User
from pa_portal.reports.answers import Distinct, Read, Reader
from pa_portal.reports.filters import NO_PATHWAY

Ids = NDArray[np.void]
Outcomes = NDArray[np.int8]
Places = NDArray[np.intp]
Booleans = NDArray[np.bool_]
# Which requests of a pathway are counted: those that establish it before, after, newly and no longer, and those that
# establish it before or after and whose outcome changes. NO_PATHWAY stands for those that establish none.
PATHWAY_WAYS: Final = ("before", "after", "gained", "lost", "changed")
# The outcomes, and their codes.
WORDS: Final = ("meets", "does_not_meet", "insufficient_information")
_CODE: Final = {OUTCOMES[verdict]: code for verdict, code in CODES.items()}
_WORD: Final = {code: word for word, code in _CODE.items()}
# What stands for an outcome that no policy gives, and for the verdict on a criterion that a policy does not have.
_NONE: Final = -1


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


class Impact:
    """Requests under both versions, counted.

    ``size``: how many there are. ``refused``: their answers that the version tried does not take. ``not_reproduced``:
    those for which the version that governed does not give the outcome on record. ``left_out``: those of versions that
    are no longer there, which count nowhere else.
    """

    def __init__(self, policy: Policy, shows: Sequence[str] = ()) -> None:
        self.policy = policy
        self.size = self.refused = self.not_reproduced = self.left_out = 0
        self._versions: dict[str, Policy] = {}
        self._counts: Counter[str] = Counter()
        self._chosen: dict[str, list[tuple[Ids, Outcomes]]] = {show: [] for show in shows}

    @property
    def changed(self) -> int:
        """How many outcomes change."""
        return self._counts["changed"]

    @property
    def governed(self) -> bool:
        """Whether the version tried governed every one of them, so that nothing can change."""
        return [version.digest for version in self._versions.values()] == [self.policy.digest]

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many requests have each outcome before and after."""
        return {(old, new): self._counts[f"change:{old}:{new}"] for old in WORDS for new in WORDS}

    def pathways(self) -> list[Row]:
        """Return what each pathway of either version gains and loses, and the same of having none."""
        labels = {node.id: node.label for policy in self._policies() for node in policy.pathways}
        labels[NO_PATHWAY] = "No pathway, renewals included"
        return [
            Row(id, label, {way: self._counts[f"pathway:{id}:{way}"] for way in PATHWAY_WAYS})
            for id, label in labels.items()
        ]

    def criteria(self) -> list[Turn]:
        """Return the criteria whose verdict turns where the outcome changes, those that turn most often first."""
        turns = []
        for id, node in _criteria(self._policies()).items():
            turned = {word: self._counts[f"criterion:{id}:{word}"] for word in WORDS}
            if any(turned.values()):
                turns.append(Turn(id, node.label, node.cite, turned))
        return sorted(turns, key=lambda turn: (-sum(turn.counts.values()), turn.id))

    def chosen(self, show: str) -> Chosen | None:
        """Return the requests behind one of the figures asked for, or None where there is no such figure.

        ``show``: "changed", "change:meets:does_not_meet", "pathway:<id>:<way>", "criterion:<id>:does_not_meet".
        """
        match show.split(":"):
            case ["changed"]:
                known = True
            case ["change", old, new]:
                known = old in WORDS and new in WORDS
            case ["pathway", id, way]:
                own = [node.id for policy in self._policies() for node in policy.pathways]
                known = way in PATHWAY_WAYS and id in (NO_PATHWAY, *own)
            case ["criterion", id, word]:
                known = word in WORDS and id in _criteria(self._policies())
            case _:
                known = False
        return Chosen(self._chosen[show]) if known else None

    def add(self, part: _Part) -> None:
        """Count some requests."""
        self.size += part.size
        for version in part.versions:
            self._versions.setdefault(version.version, version)
        for figure, places in part.figures():
            self._counts[figure] += places.size
            if figure in self._chosen:
                self._chosen[figure].append((part.ids[places], part.outcomes[places]))

    def _policies(self) -> list[Policy]:
        return [self.policy, *self._versions.values()]


class Chosen(Sequence[tuple[uuid.UUID, str]]):
    """The requests behind a figure, newest first: the id of each, and its outcome after."""

    def __init__(self, found: Sequence[tuple[Ids, Outcomes]]) -> None:
        self._ids = b"".join(ids.tobytes() for ids, _ in found)
        self._after = b"".join(after.tobytes() for _, after in found)

    def __len__(self) -> int:
        return len(self._after)

    @overload
    def __getitem__(self, place: int) -> tuple[uuid.UUID, str]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[uuid.UUID, str]]: ...
    def __getitem__(self, place: int | slice) -> tuple[uuid.UUID, str] | list[tuple[uuid.UUID, str]]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        at = range(len(self))[place]
        return uuid.UUID(bytes=self._ids[16 * at : 16 * at + 16]), _WORD[self._after[at]]


class _Part:
    """Some requests under both versions. ``groups``: the places of those of each version, and what it makes of them."""

    def __init__(self, policy: Policy, ids: Ids, groups: Sequence[tuple[Places, Decided]], after: Decided) -> None:
        self.policy, self.ids, self.groups, self.after = policy, ids, groups, after
        self.size = len(ids)
        self.versions = [decided.policy for _, decided in groups]
        self.outcomes = after.outcomes
        self.before = np.full(self.size, CODES[None], dtype=np.int8)
        for places, decided in groups:
            self.before[places] = decided.outcomes
        self.changed: Booleans = self.before != self.outcomes

    def figures(self) -> Iterator[tuple[str, Places]]:
        """Yield every figure but those that are zero, as ``Impact.chosen`` names it, and the places of its requests."""
        turned = np.flatnonzero(self.changed)
        yield "changed", turned
        for old in WORDS:
            for new in WORDS:
                yield (
                    f"change:{old}:{new}",
                    np.flatnonzero((self.before == _CODE[old]) & (self.outcomes == _CODE[new])),
                )
        for id in (NO_PATHWAY, *{node.id: None for policy in self._policies() for node in policy.pathways}):
            for way, where in self._pathway(id).items():
                yield f"pathway:{id}:{way}", np.flatnonzero(where)
        if turned.size:
            for id in _criteria(self._policies()):
                before, after = self._verdicts(id, turned)
                for word in WORDS:
                    yield f"criterion:{id}:{word}", turned[(before != after) & (after == _CODE[word])]

    def _policies(self) -> list[Policy]:
        return [self.policy, *self.versions]

    def _pathway(self, id: str) -> dict[str, Booleans]:
        """Where a pathway is established, in each of PATHWAY_WAYS."""
        old, new = np.zeros(self.size, dtype=bool), _established(self.after, id)
        for places, decided in self.groups:
            old[places] = _established(decided, id)
        found = (old, new, new & ~old, old & ~new, self.changed & (old | new))
        return dict(zip(PATHWAY_WAYS, found, strict=True))

    def _verdicts(self, id: str, turned: Places) -> tuple[Outcomes, Outcomes]:
        """Return the verdicts on a criterion before and after, where the outcome changes."""
        before, after = np.full((2, self.size), _NONE, dtype=np.int8)
        if id in self.policy.criteria:
            after = self.after.verdicts(id)
        for places, decided in self.groups:
            if id in decided.policy.criteria:
                before[places] = decided.verdicts(id)
        return before[turned], after[turned]


def _criteria(policies: Iterable[Policy]) -> dict[str, Node]:
    """The criteria that a person is told about: those of every request, of the pathways and of a renewal."""
    nodes: dict[str, Node] = {}
    for policy in policies:
        own = [*policy.universal, *(child for path in policy.pathways for child in path.children), *policy.renewal]
        nodes.update({node.id: node for node in own if node.id not in nodes})
    return nodes


def _established(decided: Decided, id: str) -> Booleans:
    """Where a pathway is established, or none is."""
    own = [node.id for node in decided.policy.pathways]
    if id == NO_PATHWAY:
        found = np.ones(decided.outcomes.size, dtype=bool)
        for each in own:
            found &= ~decided.pathway(each)
        return found
    return decided.pathway(id) if id in own else np.zeros(decided.outcomes.size, dtype=bool)


class _Columns:
    """Makes columns of what is read, for one policy: each distinct answer is understood once."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._codes = Codes(policy)
        self._known: dict[str, tuple[Column, Booleans]] = {}

    def of(self, read: Read, distinct: Mapping[str, Distinct]) -> tuple[Columns, int]:
        """Return the answers of requests, and how many of them the policy does not take."""
        refused, columns = 0, {}
        for name, fact in self.policy.facts.items():
            column, odd = self._understood(fact, distinct.get(name) or Distinct())
            numbers = read.facts.get(name, np.zeros(read.size, np.int32))
            columns[name] = column[numbers]
            if odd.any():
                refused += int(odd[numbers].sum())
        return Columns(read.size, columns), refused

    def _understood(self, fact: Fact, distinct: Distinct) -> tuple[Column, Booleans]:
        """Return the number of each distinct answer to a question, and which of them the policy does not take."""
        column, odd = self._known.get(fact.name) or self._codes.column(fact, ())
        if column.size < len(distinct.values):
            more = self._codes.column(fact, distinct.values[column.size :])
            self._known[fact.name] = column, odd = np.concatenate([column, more[0]]), np.concatenate([odd, more[1]])
        return column, odd


def impact(
    user: User, policy: Policy, start: datetime.date, end: datetime.date, *, shows: Sequence[str] = ()
) -> Impact:
    """Decide again every request of this policy that this plan's manager may see and that was submitted in these days.

    ``shows``: the figures whose requests are asked for as well; see ``Impact.chosen``.
    """
    found, reader, tried = Impact(policy, shows), Reader(user, policy.id, start, end), _Columns(policy)
    versions = {one.version: _Columns(one) for one in _versions(policy.id)}
    for every in reader.parts():
        names, outcomes = reader.versions.values, np.array([_CODE.get(one, _NONE) for one in reader.outcomes.values])
        read = _those(every, np.array([name in versions for name in names])[every.versions])
        found.left_out += every.size - read.size
        columns, refused = tried.of(read, reader.facts)
        found.refused += refused
        groups = []
        for number in np.unique(read.versions).tolist():
            where = read.versions == number
            own, _ = versions[names[number]].of(_those(read, where), reader.facts)
            groups.append((np.flatnonzero(where), decide(versions[names[number]].policy, own)))
        part = _Part(policy, read.ids, groups, decide(policy, columns))
        found.not_reproduced += int((part.before != outcomes[read.outcomes]).sum())
        found.add(part)
    return found


def _those(read: Read, where: Booleans) -> Read:
    return read if where.all() else read.take(np.flatnonzero(where))


def _versions(policy_id: str) -> tuple[Policy, ...]:
    try:
        return catalog.versions(policy_id)
    except catalog.UnknownPolicy:
        return ()
