"""Reading facts and criteria nodes out of a policy's YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from criteria.derived import RULES, Derived
from criteria.facts import KINDS, Choice, Fact
from criteria.nodes import (
    COMPARISONS,
    AgeAtLeast,
    AllOf,
    AnyOf,
    Compare,
    DerivedIs,
    IncludesAny,
    Node,
    Not,
    OneOf,
    SameValue,
    Test,
)
from criteria.source import Entry
from criteria.verdict import MET, UNKNOWN

_NODE_KEYS = ("id", "label", "cite", "marks", "references", "if_unmet", "if_unresolved", "would_change")
_TEST_KEYS = ("all_of", "any_of", "not", "fact", "derived", "age_in_years", "same")
_FACT_TESTS = ("is", "in", "includes_any", *COMPARISONS)
_IF_ABSENT = {"met": MET, "unresolved": UNKNOWN}


def read_facts(entries: list[Entry]) -> dict[str, Fact]:
    """The facts by name, in the order in which they are asked."""
    facts: dict[str, Fact] = {}
    for entry in entries:
        fact = _read_fact(entry, facts)
        if fact.name in facts:
            entry.fail(f"fact '{fact.name}' is given twice")
        facts[fact.name] = fact
    return facts


def _read_fact(entry: Entry, earlier: Mapping[str, Fact]) -> Fact:
    keys = entry.mapping(
        ("name", "kind", "label", "question", "cite"),
        (
            *("administrative", "hint", "unknown", "unknown_label", "asked_when"),
            *("choices", "none_label", "minimum", "maximum", "unit"),
        ),
    )
    kind = keys["kind"].text()
    if kind not in KINDS:
        keys["kind"].fail(f"unknown kind; known: {', '.join(KINDS)}")
    needed = {"choice": ("choices",), "choices": ("choices", "none_label")}.get(kind, ())
    needed = ("minimum", "maximum") if kind in ("number", "integer") else needed
    for key in needed:
        if key not in keys:
            entry.fail(f"missing key '{key}' for kind '{kind}'")
    for key in ("choices", "none_label", "minimum", "maximum", "unit"):
        if key in keys and key not in needed and not (key == "unit" and kind in ("number", "integer")):
            keys[key].fail(f"not used for kind '{kind}'")
    if ("unknown" in keys) != ("unknown_label" in keys):
        entry.fail("'unknown' and 'unknown_label' go together")

    def words(key: str) -> str:
        return keys[key].text() if key in keys else ""

    return Fact(
        name=keys["name"].text(),
        kind=kind,
        label=words("label"),
        question=words("question"),
        cite=words("cite"),
        hint=words("hint"),
        choices=tuple(_read_choice(item) for item in keys["choices"].items()) if "choices" in keys else (),
        none_label=words("none_label"),
        minimum=keys["minimum"].number() if "minimum" in keys else None,
        maximum=keys["maximum"].number() if "maximum" in keys else None,
        unit=words("unit"),
        unknown=keys["unknown"].text() if "unknown" in keys else None,
        unknown_label=words("unknown_label"),
        administrative=keys["administrative"].flag() if "administrative" in keys else False,
        asked_when=NodeReader(earlier).condition(keys["asked_when"]) if "asked_when" in keys else None,
    )


def _read_choice(entry: Entry) -> Choice:
    keys = entry.mapping(("value", "label"), ("hint",))
    return Choice(keys["value"].text(), keys["label"].text(), keys["hint"].text() if "hint" in keys else "")


def read_derived(entries: list[Entry], facts: Mapping[str, Fact]) -> dict[str, Derived]:
    """The derived facts by id, each with the clinical rule it names."""
    found: dict[str, Derived] = {}
    for entry in entries:
        keys = entry.mapping(("id", "label", "cite"), ("references", *RULES))
        named = [rule for rule in RULES if rule in keys]
        if len(named) != 1:
            entry.fail(f"expected exactly one rule: {', '.join(RULES)}")
        kind = RULES[named[0]]
        inputs = keys[named[0]].mapping((*kind.parts, *kind.settings))
        for part in kind.parts:
            if inputs[part].text() not in facts:
                inputs[part].fail(f"undefined fact '{inputs[part].text()}'")
        derived_id = keys["id"].text()
        if derived_id in found:
            keys["id"].fail("id used twice")
        found[derived_id] = kind(
            derived_id,
            keys["label"].text(),
            keys["cite"].text(),
            keys["references"].integers() if "references" in keys else (),
            tuple((part, inputs[part].text()) for part in kind.parts),
            **{setting: inputs[setting].number() for setting in kind.settings},
        )
    return found


class NodeReader:
    """Reads criteria; remembers each by id, so that `use` can repeat it and no id is taken twice."""

    def __init__(
        self,
        facts: Mapping[str, Fact],
        derived: Mapping[str, Derived] | None = None,
        marks: Mapping[str, Any] | None = None,
        references: Mapping[int, str] | None = None,
    ) -> None:
        self.facts, self.derived = facts, derived or {}
        self.marks, self.references = marks or {}, references or {}
        self.nodes: dict[str, Node] = {}

    def criteria(self, entry: Entry) -> tuple[Node, ...]:
        """A list of criteria, not empty."""
        nodes = tuple(self._node(item, named=True) for item in entry.items())
        if not nodes:
            entry.fail("expected at least one criterion")
        return nodes

    def condition(self, entry: Entry) -> Node:
        """A test without a name of its own, such as a fact's precondition."""
        return self._node(entry, named=False)

    def _node(self, entry: Entry, *, named: bool) -> Node:
        if "use" in entry.open_mapping():
            wanted = entry.mapping(("use",))["use"]
            if wanted.text() not in self.nodes:
                wanted.fail(f"no criterion '{wanted.text()}' above this line")
            return self.nodes[wanted.text()]
        tests = (*_TEST_KEYS, *_FACT_TESTS, "if_absent")
        keys = entry.mapping(("id", "label", "cite"), (*_NODE_KEYS[3:], *tests)) if named else entry.mapping((), tests)
        test = self._test(entry, keys, named=named)
        if not named:
            return Node("", "", "", test)
        node_id = keys["id"].text()
        if node_id in self.nodes:
            keys["id"].fail("id used twice")

        def words(key: str) -> str:
            return keys[key].text() if key in keys else ""

        node = Node(
            node_id,
            words("label"),
            words("cite"),
            test,
            marks=self._known(keys["marks"].items(), self.marks, Entry.text) if "marks" in keys else (),
            references=(
                self._known(keys["references"].items(), self.references, Entry.integer) if "references" in keys else ()
            ),
            explain_unmet=words("if_unmet"),
            explain_unresolved=words("if_unresolved"),
            would_change=words("would_change"),
        )
        self.nodes[node_id] = node
        return node

    @staticmethod
    def _known(entries: list[Entry], known: Mapping[Any, Any], shape: Any) -> tuple[Any, ...]:
        for entry in entries:
            if shape(entry) not in known:
                entry.fail("not defined in this policy")
        return tuple(shape(entry) for entry in entries)

    def _test(self, entry: Entry, keys: dict[str, Entry], *, named: bool) -> Test:
        kinds = [key for key in _TEST_KEYS if key in keys]
        if len(kinds) != 1:
            entry.fail(f"expected exactly one of: {', '.join(_TEST_KEYS)}")
        kind, operators = kinds[0], [key for key in (*_FACT_TESTS, "if_absent") if key in keys]
        if kind == "fact":
            if len(operators) != 1 or operators[0] == "if_absent":
                entry.fail(f"expected exactly one of: {', '.join(_FACT_TESTS)}")
            return self._fact_test(keys["fact"], operators[0], keys[operators[0]])
        expected = {"derived": ["is"], "same": ["if_absent"]}.get(kind, [])
        if operators != expected:
            entry.fail(f"'{kind}' goes with {' and '.join(expected) or 'no other test'}")
        match kind:
            case "all_of" | "any_of":
                nodes = tuple(self._node(item, named=named) for item in keys[kind].items())
                if len(nodes) < 2:
                    keys[kind].fail("expected at least two entries")
                return AllOf(nodes) if kind == "all_of" else AnyOf(nodes)
            case "not":
                return Not(self._node(keys["not"], named=named))
            case "derived":
                return self._derived_test(keys["derived"], keys["is"])
            case "same":
                return self._same(keys["same"], keys["if_absent"])
        return self._age(keys["age_in_years"])

    def _fact(self, entry: Entry, kinds: tuple[str, ...]) -> Fact:
        fact = self.facts.get(entry.text())
        if fact is None:
            entry.fail(f"undefined fact '{entry.text()}'")
        if fact.kind not in kinds:
            entry.fail(f"fact '{fact.name}' is of kind '{fact.kind}', which this test does not take")
        return fact

    def _fact_test(self, name: Entry, operator: str, operand: Entry) -> Test:
        if operator == "includes_any":
            fact = self._fact(name, ("choices",))
            return IncludesAny(fact, self._values(self._some(operand), fact))
        if operator == "is":
            fact = self._fact(name, ("choice", "boolean", "integer"))
            return OneOf(fact, self._values([operand], fact), single=True)
        if operator == "in":
            fact = self._fact(name, ("choice", "integer"))
            return OneOf(fact, self._values(self._some(operand), fact))
        fact = self._fact(name, ("number", "integer"))
        limit = operand.number()
        assert fact.minimum is not None
        assert fact.maximum is not None
        if not fact.minimum <= limit <= fact.maximum:
            operand.fail(f"outside the values of '{fact.name}', which {fact.accepts}")
        return Compare(fact, operator, limit)

    @staticmethod
    def _some(entry: Entry) -> list[Entry]:
        if not entry.items():
            entry.fail("expected at least one value")
        return entry.items()

    @staticmethod
    def _values(entries: list[Entry], fact: Fact) -> tuple[Any, ...]:
        for entry in entries:
            value = [entry.value] if fact.kind == "choices" else entry.value
            if entry.value == fact.unknown or not fact.takes(value):
                entry.fail(f"not a value of '{fact.name}': it accepts {fact.accepts}")
        return tuple(entry.value for entry in entries)

    def _derived_test(self, name: Entry, wanted: Entry) -> DerivedIs:
        derived = self.derived.get(name.text())
        if derived is None:
            name.fail(f"undefined derived fact '{name.text()}'")
        if wanted.text() not in derived.outcomes:
            wanted.fail(f"expected one of: {', '.join(derived.outcomes)}")
        return DerivedIs(derived, wanted.text())

    def _same(self, names: Entry, if_absent: Entry) -> SameValue:
        pair = names.items()
        if len(pair) != 2:
            names.fail("expected two facts")
        if if_absent.text() not in _IF_ABSENT:
            if_absent.fail(f"expected one of: {', '.join(_IF_ABSENT)}")
        left, right = (self._fact(item, ("choice",)) for item in pair)
        if left.unknown or right.unknown:
            names.fail("facts with an unknown value cannot be compared with each other")
        return SameValue(left, right, _IF_ABSENT[if_absent.text()])

    def _age(self, entry: Entry) -> AgeAtLeast:
        keys = entry.mapping(("born", "as_of", "at_least"))
        born, as_of = self._fact(keys["born"], ("date",)), self._fact(keys["as_of"], ("date",))
        return AgeAtLeast(born, as_of, keys["at_least"].integer())
