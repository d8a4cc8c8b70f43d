"""Compiles a policy's criteria into two Python functions, once per policy.

`verdict(facts)` stops as soon as the verdict is settled. `trace(facts)` works out every node and returns their
verdicts in the order of `nodes`. Both are straight-line source text built from the policy's own nodes; the text of
a policy never reaches the source, only constants do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from criteria.facts import Fact
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
from criteria.policy import Policy, descend
from criteria.verdict import Verdict

Facts = Mapping[str, Any]
_OPERATORS = {"at_least": ">=", "at_most": "<=", "less_than": "<", "more_than": ">"}


@dataclass(frozen=True, slots=True)
class Compiled:
    """``nodes``: each distinct node once, children first; ``trace`` gives their verdicts in that order."""

    verdict: Callable[[Facts], Verdict]
    trace: Callable[[Facts], tuple[Verdict, ...]]
    nodes: tuple[Node, ...]
    position: Mapping[str, int]
    source: str


def compiled(policy: Policy) -> Compiled:
    """The compiled form of a policy, made on first use and kept."""
    found = policy.cache.get("compiled")
    if found is None:
        found = policy.cache["compiled"] = _compile(policy.root)
    assert isinstance(found, Compiled)
    return found


def _compile(root: Node) -> Compiled:
    nodes: dict[str, Node] = {}
    _collect(root, nodes)
    writer = _Writer(root)
    verdict_source = writer.verdict_function(root)
    trace_source = writer.trace_function(tuple(nodes.values()))
    source = f"{verdict_source}\n\n{trace_source}\n"
    names = dict(writer.constants)
    exec(compile(source, "<compiled policy>", "exec"), names)  # noqa: S102 - generated above from nodes alone
    return Compiled(
        verdict=names["verdict"],
        trace=names["trace"],
        nodes=tuple(nodes.values()),
        position={node_id: index for index, node_id in enumerate(nodes)},
        source=source,
    )


def _collect(node: Node, into: dict[str, Node]) -> None:
    for child in node.children:
        _collect(child, into)
    into[node.id] = node


class _Writer:
    """Writes expressions whose value is a verdict. Names are generated; the policy's texts are constants."""

    def __init__(self, root: Node) -> None:
        self.constants: dict[str, Any] = {"_": object()}
        everything = list(descend(root))
        self.times_used = Counter(node.id for node in everything)
        # a fact that several nodes read is fetched once, on first need
        readers = {node.id: node.test for node in everything}
        self.times_read = Counter(name for test in readers.values() if not test.children for name in test.names)
        self.temporaries = 0
        self.kept: dict[str, str] = {}
        self.fetched: dict[str, str] = {}
        self.eager = False

    def constant(self, value: Any) -> str:
        if value is None or isinstance(value, bool | int | float):
            return repr(value)
        name = f"k{len(self.constants)}"
        self.constants[name] = value
        return name

    def temporary(self) -> str:
        self.temporaries += 1
        return f"t{self.temporaries}"

    def verdict_function(self, root: Node) -> str:
        body = self.lazily(root)
        kept = [*self.kept.values(), *self.fetched.values()]
        start = f"    {' = '.join(kept)} = _\n" if kept else ""
        return f"def verdict(f):\n    g = f.get\n{start}    return {body}"

    def trace_function(self, nodes: tuple[Node, ...]) -> str:
        self.fetched = {}
        lines = ["def trace(f):", "    g = f.get"]
        place = {node.id: f"v{index}" for index, node in enumerate(nodes)}
        for name in dict.fromkeys(name for node in nodes if not node.children for name in node.test.names):
            self.fetched[name] = f"a{len(self.fetched)}"
            lines.append(f"    {self.fetched[name]} = g({name!r})")
        self.eager = True
        for node in nodes:
            lines.append(f"    {place[node.id]} = {self.eagerly(node, place)}")
        lines.append(f"    return ({', '.join(place.values())},)")
        return "\n".join(lines)

    def fact(self, name: str) -> str:
        """An expression for a fact's value."""
        if self.eager:
            return self.fetched[name]
        if self.times_read[name] == 1:
            return f"g({name!r})"
        place = self.fetched.setdefault(name, f"f{len(self.fetched)}")
        return f"({place} if {place} is not _ else ({place} := g({name!r})))"

    def lazily(self, node: Node) -> str:
        """The node's verdict, worked out only as far as needed; a shared node's is kept."""
        if self.times_used[node.id] == 1:
            return self.expression(node, self.lazily)
        place = self.kept.get(node.id)
        if place is None:
            place = self.kept[node.id] = f"s{len(self.kept)}"
        return f"({place} if {place} is not _ else ({place} := {self.expression(node, self.lazily)}))"

    def eagerly(self, node: Node, place: Mapping[str, str]) -> str:
        return self.expression(node, lambda child: place[child.id])

    def expression(self, node: Node, of: Callable[[Node], str]) -> str:
        test = node.test
        match test:
            case AllOf() | AnyOf():
                return self.combination(test, of)
            case Not():
                name = self.temporary()
                return f"(None if ({name} := {of(test.node)}) is None else not {name})"
            case FactTest():
                return self.fact_test(test)
            case DerivedIs():
                return self.derived(test)
            case SameValue():
                left, right = self.temporary(), self.temporary()
                return (
                    f"({self.constant(test.if_absent)} if ({left} := {self.fact(test.left.name)}) is None or "
                    f"({right} := {self.fact(test.right.name)}) is None else {left} == {right})"
                )
        assert isinstance(test, AgeAtLeast)
        return self.age(test)

    def combination(self, test: AllOf | AnyOf, of: Callable[[Node], str]) -> str:
        names = [self.temporary() for _ in test.nodes]
        parts = [f"({name} := {of(child)})" for name, child in zip(names, test.nodes, strict=True)]
        unsettled = " or ".join(f"{name} is None" for name in names)
        if isinstance(test, AllOf):
            settled = " or ".join(f"{part} is False" for part in parts)
            return f"(False if {settled} else None if {unsettled} else True)"
        return f"(True if {' or '.join(parts)} else None if {unsettled} else False)"

    def fact_test(self, test: FactTest) -> str:
        name = self.temporary()
        missing = f"({name} := {self.fact(test.fact.name)}) is None"
        if test.fact.unknown is not None:
            missing += f" or {name} == {self.constant(test.fact.unknown)}"
        return f"(None if {missing} else {self.holds(test, name)})"

    def holds(self, test: FactTest, name: str) -> str:
        match test:
            case OneOf(fact=Fact(kind="boolean")):
                return name if test.values == (True,) else f"not {name}"
            case OneOf():
                choices = [self.constant(value) for value in test.values]
                return f"{name} == {choices[0]}" if len(choices) == 1 else f"{name} in ({', '.join(choices)})"
            case Compare():
                return f"{name} {_OPERATORS[test.comparison]} {self.constant(test.limit)}"
        assert isinstance(test, IncludesAny)
        return "(" + " or ".join(f"{self.constant(value)} in {name}" for value in test.values) + ")"

    def derived(self, test: DerivedIs) -> str:
        rule = self.constant(test.derived.quick(test.wanted))
        return f"{rule}({', '.join(self.fact(name) for name in test.derived.names)})"

    def age(self, test: AgeAtLeast) -> str:
        born, as_of = self.temporary(), self.temporary()
        rule = self.constant(_age_rule(test.years))
        return (
            f"(None if ({born} := {self.fact(test.born.name)}) is None or "
            f"({as_of} := {self.fact(test.as_of.name)}) is None else {rule}({born}, {as_of}))"
        )


def _age_rule(years: int) -> Callable[[str, str], bool]:
    def old_enough(born: str, as_of: str) -> bool:
        # ISO dates: the years differ by more or less than asked, or else month and day decide, as text
        difference = int(as_of[:4]) - int(born[:4]) - years
        return difference > 0 or (difference == 0 and as_of[4:] >= born[4:])

    return old_enough
