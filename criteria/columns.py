"""Deciding many requests at once: facts as columns, and three-valued logic over whole arrays with NumPy.

Each criterion becomes two arrays of booleans, met and not met; where neither is true it is not established. They come
from the same nodes that `evaluate.py` decides one request by, and tests hold the two equal.

A column holds one fact of every request. Texts are numbered, lists are sets of bits, dates are whole numbers such as
20261124, and MISSING (NaN among numbers with decimals) stands where there is no answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from criteria.derived import Derived
from criteria.facts import Fact, FactError
from criteria.nodes import (
    AgeAtLeast,
    AllOf,
    AnyOf,
    Compare,
    DerivedIs,
    FactTest,
    IncludesAny,
    Node,
    Not,
    OneOf,
    SameValue,
)
from criteria.policy import RENEWAL, Policy
from criteria.verdict import MET, NOT_MET

Facts = Mapping[str, Any]
Column = NDArray[Any]
Booleans = NDArray[np.bool_]
# Met and not met.
Pair = tuple[Booleans, Booleans]

MISSING: Final = -1
_UNKNOWN_NUMBER: Final = -np.inf
# The codes of ``Decided.outcomes``.
CODES: Final = {NOT_MET: 0, MET: 1, None: 2}
_TYPES: Final = {"choice": np.int16, "boolean": np.int16, "choices": np.int64, "date": np.int32}
_COMPARISONS: Final = {
    "at_least": np.greater_equal,
    "at_most": np.less_equal,
    "less_than": np.less,
    "more_than": np.greater,
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The facts of ``size`` requests by name. ``refused``: how many answers the policy does not accept as they are."""

    size: int
    facts: Mapping[str, Column]
    refused: int = 0

    def take(self, places: NDArray[np.intp]) -> Columns:
        """Return the requests at these places, in their order and as often as they occur."""
        return Columns(places.size, {name: column[places] for name, column in self.facts.items()}, self.refused)


class Codes:
    """The numbers that stand for a policy's values: the same for the same text in every fact."""

    def __init__(self, policy: Policy) -> None:
        texts = {text for fact in policy.facts.values() for text in (*fact.values, *_list(fact.unknown))}
        self._texts = {text: code for code, text in enumerate(sorted(texts))}
        self._bits = {
            fact.name: {choice.value: 1 << place for place, choice in enumerate(fact.choices)}
            for fact in policy.facts.values()
            if fact.kind == "choices"
        }

    def of(self, fact: Fact, value: Any) -> float:
        """Return the number of a value that the fact accepts."""
        if value is None:
            return np.nan if fact.kind in ("number", "integer") else MISSING
        if fact.unknown is not None and isinstance(value, str) and value == fact.unknown:
            return self.unknown(fact)
        match fact.kind:
            case "choice":
                return self._texts[value]
            case "choices":
                return sum(self._bits[fact.name][item] for item in value)
            case "date":
                return int(value.replace("-", ""))
        return float(value)

    def column(self, fact: Fact, values: Sequence[Any]) -> tuple[Column, Booleans]:
        """Return the numbers of answers to one fact, and which of them it does not accept; those count as missing."""
        numbers, refused = np.empty(len(values)), np.zeros(len(values), dtype=bool)
        for place, value in enumerate(values):
            try:
                numbers[place] = self.of(fact, fact.parse(value))
            except FactError:
                refused[place] = True
                numbers[place] = self.of(fact, None)
        return numbers.astype(_TYPES.get(fact.kind, np.float64)), refused

    def unknown(self, fact: Fact) -> float:
        """Return the number of a fact's "cannot be established"."""
        assert fact.unknown is not None
        if fact.kind in ("number", "integer"):
            return _UNKNOWN_NUMBER
        # Below every set of bits and every number of a text.
        return self._texts[fact.unknown] if fact.kind == "choice" else MISSING - 1


def _list(text: str | None) -> tuple[str, ...]:
    return (text,) if text is not None else ()


def encode(policy: Policy, requests: Iterable[Facts]) -> Columns:
    """Return the facts of requests as columns for this policy.

    Facts that the policy does not have are left out. An answer that it does not accept counts as missing, and is
    counted: so answers to an earlier version's questions may be tried.
    """
    codes, rows, refused = Codes(policy), list(requests), 0
    found = {}
    for name, fact in policy.facts.items():
        found[name], odd = codes.column(fact, [facts.get(name) for facts in rows])
        refused += int(odd.sum())
    return Columns(len(rows), found, refused)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a policy makes of columns, criterion by criterion; worked out on demand and kept."""

    policy: Policy
    columns: Columns
    _evaluation: _Evaluation

    @property
    def outcomes(self) -> NDArray[np.int8]:
        """The outcome of each request, as CODES has it."""
        return self.verdicts(self.policy.root.id)

    def verdicts(self, criterion_id: str) -> NDArray[np.int8]:
        """The verdict on one criterion of each request, as CODES has it. Raises ``KeyError``."""
        met, unmet = self._evaluation.pair(self.policy.criterion(criterion_id))
        found = np.full(self.columns.size, CODES[None], dtype=np.int8)
        found[met] = CODES[MET]
        found[unmet] = CODES[NOT_MET]
        return found

    def pathway(self, pathway_id: str) -> Booleans:
        """Whether each request establishes a pathway; a renewal establishes none. Raises ``KeyError``."""
        met, _ = self._evaluation.pair(self.policy.criterion(pathway_id))
        renewal, _ = self._evaluation.pair(self.policy.criterion(f"is_{RENEWAL}"))
        return met & ~renewal


def decide(policy: Policy, columns: Columns) -> Decided:
    """Decide every request of ``columns``, which were encoded for this policy."""
    return Decided(policy, columns, _Evaluation(policy, columns))


class _Evaluation:
    """The criteria of a policy over columns. Whatever several criteria share is worked out once."""

    def __init__(self, policy: Policy, columns: Columns) -> None:
        self._codes, self._facts, self._columns = Codes(policy), policy.facts, columns
        self._pairs: dict[str, Pair] = {}
        self._known: dict[str, Booleans] = {}
        self._indexes: dict[str, tuple[Column, list[list[Any]]]] = {}

    def pair(self, node: Node) -> Pair:
        """Return where a criterion is met, and where it is not met."""
        found = self._pairs.get(node.id)
        if found is None:
            found = self._pairs[node.id] = self._test(node)
        return found

    def _test(self, node: Node) -> Pair:
        test = node.test
        match test:
            case AllOf():
                return _all(self.pair(child) for child in test.nodes)
            case AnyOf():
                met, unmet = _all(self.pair(child)[::-1] for child in test.nodes)
                return unmet, met
            case Not():
                met, unmet = self.pair(test.node)
                return unmet, met
            case FactTest():
                return self._split(self._known_of(test.fact), self._holds(test))
            case DerivedIs():
                return self._derived(test.derived, test.wanted)
            case SameValue():
                return self._same(test)
        assert isinstance(test, AgeAtLeast)
        born, as_of = self._columns.facts[test.born.name], self._columns.facts[test.as_of.name]
        # As whole numbers, dates differ by 10,000 for each year.
        return self._split((born != MISSING) & (as_of != MISSING), as_of - born >= test.years * 10_000)

    @staticmethod
    def _split(known: Booleans, holds: Booleans) -> Pair:
        return known & holds, known & ~holds

    def _known_of(self, fact: Fact) -> Booleans:
        found = self._known.get(fact.name)
        if found is None:
            column = self._columns.facts[fact.name]
            if column.dtype == np.float64:
                found = column > _UNKNOWN_NUMBER
            else:
                found = column != MISSING
                if fact.unknown is not None:
                    found &= column != self._codes.unknown(fact)
            self._known[fact.name] = found
        return found

    def _holds(self, test: FactTest) -> Booleans:
        column = self._columns.facts[test.fact.name]
        match test:
            case Compare():
                held: Booleans = _COMPARISONS[test.comparison](column, test.limit)
                return held
            case OneOf():
                found: Booleans = column == self._codes.of(test.fact, test.values[0])
                for value in test.values[1:]:
                    found |= column == self._codes.of(test.fact, value)
                return found
        assert isinstance(test, IncludesAny)
        shared: Booleans = (column & int(self._codes.of(test.fact, test.values))) != 0
        return shared

    def _same(self, test: SameValue) -> Pair:
        left, right = self._columns.facts[test.left.name], self._columns.facts[test.right.name]
        both = ~(_missing(left) | _missing(right))
        met, unmet = self._split(both, left == right)
        if test.if_absent is MET:
            return met | ~both, unmet
        return (met, unmet | ~both) if test.if_absent is NOT_MET else (met, unmet)

    def _derived(self, derived: Derived, wanted: str) -> Pair:
        """Look the verdict up in a table that holds it for every class of the rule's inputs."""
        index, choices = self._index(derived)
        rule = derived.quick(wanted)
        table = [rule(*values) for values in itertools.product(*choices)]
        return np.array([each is MET for each in table])[index], np.array([each is NOT_MET for each in table])[index]

    def _index(self, derived: Derived) -> tuple[Column, list[list[Any]]]:
        """Return each request's place in the table of a rule, and the values of each input's classes."""
        found = self._indexes.get(derived.id)
        if found is None:
            inputs = [self._class_of(name, derived) for name in derived.names]
            index = inputs[0][0].astype(np.intp)
            for column, values in inputs[1:]:
                index = index * len(values) + column
            found = self._indexes[derived.id] = (index, [values for _, values in inputs])
        return found

    def _class_of(self, name: str, derived: Derived) -> tuple[Column, list[Any]]:
        """Return the class of each request's input to a rule, and a value of each class, within which it is alike."""
        column, fact = self._columns.facts[name], self._facts[name]
        cuts = sorted(set(derived.cuts().get(name, ())))
        if not cuts:
            values: list[Any] = [None, *_list(fact.unknown), *sorted(fact.values)]
            classes = np.zeros(int(max(self._codes.of(fact, value) for value in values)) + 2, dtype=np.int16)
            for place, value in enumerate(values):
                classes[int(self._codes.of(fact, value)) - MISSING] = place
            return classes[column - MISSING], values
        # Below the first cut, on it, between it and the next, and so on.
        values = [None, fact.unknown, cuts[0] - 1, cuts[0]]
        for lower, upper in itertools.pairwise(cuts):
            values += [(lower + upper) / 2, upper]
        found = np.full(column.shape, 2, dtype=np.int16)
        for cut in cuts:
            found += column >= cut
            found += column > cut
        found[column == _UNKNOWN_NUMBER] = 1
        found[np.isnan(column)] = 0
        return found, [*values, cuts[-1] + 1]


def _missing(column: Column) -> Booleans:
    return np.isnan(column) if column.dtype == np.float64 else column == MISSING


def _all(pairs: Iterable[Pair]) -> Pair:
    """Return the conjunction: met where all are met, not met where any is not."""
    first, *rest = pairs
    met, unmet = first
    for also_met, also_unmet in rest:
        met, unmet = met & also_met, unmet | also_unmet
    return met, unmet
