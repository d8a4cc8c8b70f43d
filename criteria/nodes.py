"""The frozen nodes that a policy's criteria are made of.

A ``Node`` names a criterion (id, label, citation) and holds one test. A test answers with a verdict and names the
facts it rests on. `compile.py` turns the same tests into one function; the two are held equal by tests.
"""

from __future__ import annotations

import datetime
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from criteria import verdict as kleene
from criteria.dates import age_in_years
from criteria.derived import Derived
from criteria.facts import Fact
from criteria.verdict import UNKNOWN, Verdict

Facts = Mapping[str, Any]
COMPARISONS: Final = ("at_least", "at_most", "less_than", "more_than")


@dataclass(frozen=True, slots=True)
class Node:
    """A criterion: ``marks`` and ``references`` point into the policy, the sentences explain a verdict to a person."""

    id: str
    label: str
    cite: str
    test: Test
    marks: tuple[str, ...] = ()
    references: tuple[int, ...] = ()
    explain_unmet: str = ""
    explain_unresolved: str = ""
    would_change: str = ""
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", self.test.names)

    @property
    def children(self) -> tuple[Node, ...]:
        return self.test.children

    def verdict(self, facts: Facts) -> Verdict:
        """Met, not met or not established under these facts (validated beforehand)."""
        return self.test.verdict(facts)


class Test:
    """What decides a node. ``names``: the facts it rests on; ``children``: the nodes it combines."""

    __slots__ = ()
    __test__ = False  # not a test case, whatever a test runner makes of its name

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for child in self.children for name in child.names))

    @property
    def children(self) -> tuple[Node, ...]:
        return ()

    @abstractmethod
    def verdict(self, facts: Facts) -> Verdict:
        """Met, not met or not established under validated facts."""


@dataclass(frozen=True, slots=True)
class AllOf(Test):
    nodes: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.nodes

    def verdict(self, facts: Facts) -> Verdict:
        return kleene.all_of(node.verdict(facts) for node in self.nodes)


@dataclass(frozen=True, slots=True)
class AnyOf(Test):
    nodes: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        return self.nodes

    def verdict(self, facts: Facts) -> Verdict:
        return kleene.any_of(node.verdict(facts) for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Not(Test):
    node: Node

    @property
    def children(self) -> tuple[Node, ...]:
        return (self.node,)

    def verdict(self, facts: Facts) -> Verdict:
        return kleene.negate(self.node.verdict(facts))


@dataclass(frozen=True, slots=True)
class FactTest(Test):
    """A test on one fact; missing or unknown gives not established."""

    fact: Fact

    @property
    def names(self) -> tuple[str, ...]:
        return (self.fact.name,)

    def verdict(self, facts: Facts) -> Verdict:
        value = facts.get(self.fact.name)
        if value is None or (self.fact.unknown is not None and value == self.fact.unknown):
            return UNKNOWN
        return self.holds(value)

    @abstractmethod
    def holds(self, value: Any) -> bool:
        """Whether a known value passes."""


@dataclass(frozen=True, slots=True)
class OneOf(FactTest):
    """The fact is one of ``values``. ``single`` remembers that the policy said `is`, not `in`."""

    values: tuple[Any, ...]
    single: bool = False

    def holds(self, value: Any) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class Compare(FactTest):
    """The fact compared with a limit, in the fact's own unit."""

    comparison: str
    limit: int | float

    def holds(self, value: Any) -> bool:
        match self.comparison:
            case "at_least":
                return bool(value >= self.limit)
            case "at_most":
                return bool(value <= self.limit)
            case "less_than":
                return bool(value < self.limit)
        return bool(value > self.limit)


@dataclass(frozen=True, slots=True)
class IncludesAny(FactTest):
    """A list fact includes at least one of ``values``."""

    values: tuple[str, ...]

    def holds(self, value: Any) -> bool:
        return any(item in value for item in self.values)


@dataclass(frozen=True, slots=True)
class AgeAtLeast(Test):
    """Completed years between two date facts are at least ``years``."""

    born: Fact
    as_of: Fact
    years: int

    @property
    def names(self) -> tuple[str, ...]:
        return (self.born.name, self.as_of.name)

    def verdict(self, facts: Facts) -> Verdict:
        born, as_of = facts.get(self.born.name), facts.get(self.as_of.name)
        if born is None or as_of is None:
            return UNKNOWN
        return age_in_years(datetime.date.fromisoformat(born), datetime.date.fromisoformat(as_of)) >= self.years


@dataclass(frozen=True, slots=True)
class SameValue(Test):
    """Two facts have the same value; ``if_absent`` is the verdict while either is missing."""

    left: Fact
    right: Fact
    if_absent: Verdict

    @property
    def names(self) -> tuple[str, ...]:
        return (self.left.name, self.right.name)

    def verdict(self, facts: Facts) -> Verdict:
        left, right = facts.get(self.left.name), facts.get(self.right.name)
        if left is None or right is None:
            return self.if_absent
        return bool(left == right)


@dataclass(frozen=True, slots=True)
class DerivedIs(Test):
    """A value worked out from other facts is the wanted one."""

    derived: Derived
    wanted: str

    @property
    def names(self) -> tuple[str, ...]:
        return self.derived.names

    def verdict(self, facts: Facts) -> Verdict:
        return self.derived.verdict(self.wanted, facts)
