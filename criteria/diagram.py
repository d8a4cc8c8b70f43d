"""The outcome of a policy as a decision diagram over classes of answers: what makes question relevance exact.

Every fact's values fall into finitely many classes, cut by the policy's own thresholds; all values of a class give the
same verdicts everywhere. Over these classes the outcome is a function with finitely many inputs, held as a reduced,
ordered, multi-valued decision diagram. In a reduced diagram the outcome depends on a variable exactly when a node of
that variable is left, so a question can still matter if and only if its variable appears.

Variables stand in the order in which the wizard asks. Two date facts compared as an age share one variable, the age.
"""

from __future__ import annotations

import datetime
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Final

from criteria.dates import age_in_years
from criteria.facts import Fact
from criteria.nodes import AgeAtLeast, AllOf, AnyOf, Compare, DerivedIs, IncludesAny, Node, Not, OneOf
from criteria.policy import Policy, descend
from criteria.verdict import MET, NOT_MET, UNKNOWN, Verdict

# terminals, ordered so that Kleene "and" is the minimum and "or" the maximum
_TERMINALS: Final[dict[Verdict, int]] = {NOT_MET: 0, UNKNOWN: 1, MET: 2}
VERDICTS: Final[dict[int, Verdict]] = {terminal: verdict for verdict, terminal in _TERMINALS.items()}
LAST_TERMINAL: Final = 2
_MAKING: Final = threading.Lock()
ABSENT: Final = object()  # the class of a conditional fact that was not asked


@dataclass(frozen=True, slots=True)
class Variable:
    """One input of the diagram: the facts it stands for, and a representative value of each class."""

    facts: tuple[str, ...]
    representatives: tuple[Any, ...]
    classes_of: Callable[[Mapping[str, Any]], frozenset[int] | None]
    conditional: bool = False

    @property
    def answers(self) -> tuple[int, ...]:
        """The classes of real answers; a conditional variable's last class is `ABSENT`."""
        return tuple(range(len(self.representatives) - self.conditional))


class Diagram:
    """Decision diagrams over one policy's variables, sharing equal nodes. A diagram is the number of its top node."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.variables = tuple(_variables(policy))
        self.index = {name: place for place, variable in enumerate(self.variables) for name in variable.facts}
        self._growing = threading.Lock()
        self._unique: dict[tuple[int, tuple[int, ...]], int] = {}
        self.nodes: list[tuple[int, tuple[int, ...]]] = [(len(self.variables), ())] * (LAST_TERMINAL + 1)
        self._supports: dict[int, frozenset[int]] = {}
        self._of_node: dict[int, int] = {}
        self._gated: dict[frozenset[int], int] = {}

    def node(self, variable: int, children: tuple[int, ...]) -> int:
        """The one node with this variable and these children, or the child itself when all are the same."""
        first = children[0]
        if all(child == first for child in children):
            return first
        key = (variable, children)
        # Two threads must never give one number to two nodes.
        with self._growing:
            found = self._unique.get(key)
            if found is None:
                self.nodes.append(key)
                found = self._unique[key] = len(self.nodes) - 1
        return found

    def combine(self, function: Callable[..., int], *diagrams: int) -> int:
        """The diagram of ``function`` applied to the values of ``diagrams``."""
        done: dict[tuple[int, ...], int] = {}

        def go(tops: tuple[int, ...]) -> int:
            if max(tops) <= LAST_TERMINAL:
                return function(*tops)
            found = done.get(tops)
            if found is None:
                variable = min(self.nodes[top][0] for top in tops)
                width = len(self.variables[variable].representatives)
                found = done[tops] = self.node(
                    variable,
                    tuple(go(tuple(self._child(top, variable, place) for top in tops)) for place in range(width)),
                )
            return found

        return go(diagrams)

    def _child(self, top: int, variable: int, place: int) -> int:
        at, children = self.nodes[top]
        return children[place] if at == variable else top

    def of(self, node: Node) -> int:
        """The diagram of a criterion."""
        found = self._of_node.get(id(node))
        if found is None:
            test = node.test
            match test:
                case AllOf():
                    found = self.all_of(self.of(child) for child in test.nodes)
                case AnyOf():
                    found = self.any_of(self.of(child) for child in test.nodes)
                case Not():
                    found = self.combine(lambda value: LAST_TERMINAL - value, self.of(test.node))
                case _:
                    found = self._leaf(node)
            self._of_node[id(node)] = found
        return found

    def all_of(self, diagrams: Iterable[int]) -> int:
        result = _TERMINALS[MET]
        for diagram in diagrams:
            result = self.combine(min, result, diagram)
        return result

    def any_of(self, diagrams: Iterable[int]) -> int:
        result = _TERMINALS[NOT_MET]
        for diagram in diagrams:
            result = self.combine(max, result, diagram)
        return result

    def _leaf(self, node: Node) -> int:
        """The diagram of a test without children: the test itself, asked about every class of its facts."""
        places = sorted({self.index[name] for name in node.names})

        def go(depth: int, facts: dict[str, Any]) -> int:
            if depth == len(places):
                return _TERMINALS[node.verdict(facts)]
            variable = self.variables[places[depth]]
            children = []
            for value in variable.representatives:
                chosen = _as_facts(variable, value)
                children.append(go(depth + 1, {**facts, **chosen}))
            return self.node(places[depth], tuple(children))

        return go(0, {})

    def outcome(self, unanswered: frozenset[int]) -> int:
        """The outcome, where a conditional variable in ``unanswered`` counts as absent unless its precondition is met.

        What was given although it was never asked still counts, so only the unanswered ones are bound in this way.
        """
        key = frozenset(place for place in unanswered if self.variables[place].conditional)
        found = self._gated.get(key)
        if found is None:
            found = self.of(self.policy.root)
            for place in sorted(key, reverse=True):
                found = self._gate(found, place)
            self._gated[key] = found
        return found

    def _gate(self, diagram: int, place: int) -> int:
        variable = self.variables[place]
        condition = self.policy.facts[variable.facts[0]].asked_when
        assert condition is not None
        if_absent = self.restrict(diagram, {place: (len(variable.answers),)})
        if_answered = self.restrict(diagram, {place: variable.answers})
        met = _TERMINALS[MET]

        def choose(applies: int, answered: int, absent: int) -> int:
            return answered if applies == met else absent

        return self.combine(choose, self.of(condition), if_answered, if_absent)

    def restrict(self, diagram: int, allowed: Mapping[int, tuple[int, ...]]) -> int:
        """The diagram with each variable in ``allowed`` held to these classes.

        Held to one class, a variable disappears. Held to several, it stays where they differ; its other classes are
        made equal to the first, which is out of reach.
        """
        if not allowed:
            return diagram
        last = max(allowed)
        done: dict[int, int] = {}

        def go(top: int) -> int:
            variable, children = self.nodes[top]
            if variable > last:
                return top
            found = done.get(top)
            if found is None:
                held = allowed.get(variable)
                if held is None:
                    found = self.node(variable, tuple([go(child) for child in children]))
                elif len(held) == 1:
                    found = go(children[held[0]])
                else:
                    kept = {place: go(children[place]) for place in held}
                    first = kept[held[0]]
                    found = self.node(variable, tuple([kept.get(place, first) for place in range(len(children))]))
                done[top] = found
            return found

        return go(diagram)

    def support(self, diagram: int) -> frozenset[int]:
        """The variables on which a diagram depends."""
        found = self._supports.get(diagram)
        if found is None:
            seen: set[int] = set()
            variables: set[int] = set()
            stack = [diagram]
            while stack:
                top = stack.pop()
                if top > LAST_TERMINAL and top not in seen:
                    seen.add(top)
                    variable, children = self.nodes[top]
                    variables.add(variable)
                    stack.extend(children)
            found = self._supports[diagram] = frozenset(variables)
        return found

    def can_be(self, diagram: int, verdict: Verdict) -> bool:
        """Whether some answers give ``verdict``."""
        wanted, seen, stack = _TERMINALS[verdict], set[int](), [diagram]
        while stack:
            top = stack.pop()
            if top == wanted:
                return True
            if top not in seen:
                seen.add(top)
                stack.extend(self.nodes[top][1])
        return False


def diagram_of(policy: Policy) -> Diagram:
    """The diagram of a policy, made on first use and kept. One for all threads: what is kept numbers its nodes."""
    with _MAKING:
        found = policy.cache.get("diagram")
        if found is None:
            found = policy.cache["diagram"] = Diagram(policy)
    assert isinstance(found, Diagram)
    return found


def _as_facts(variable: Variable, value: Any) -> dict[str, Any]:
    if value is ABSENT:
        return {}
    if isinstance(value, _Age):
        return dict(zip(variable.facts, value.dates, strict=True))
    return {variable.facts[0]: value}


def _variables(policy: Policy) -> Iterable[Variable]:
    used = list(descend(policy.root)) + [fact.asked_when for fact in policy.facts.values() if fact.asked_when]
    tests = [node.test for top in used for node in descend(top)]
    ages = {
        test.names: sorted(
            {other.years for other in tests if isinstance(other, AgeAtLeast) and other.names == test.names}
        )
        for test in tests
        if isinstance(test, AgeAtLeast)
    }
    paired = {name: names for names in ages for name in names}
    for fact in policy.facts.values():
        if fact.name in paired:
            names = paired[fact.name]
            if fact.name == next(name for name in policy.facts if name in names):
                yield _age_variable(names, ages[names])
        elif fact.kind in ("number", "integer"):
            yield _number_variable(fact, _cuts(fact, tests))
        elif fact.kind == "choices":
            yield _choices_variable(
                fact, [set(t.values) for t in tests if isinstance(t, IncludesAny) and t.fact == fact]
            )
        elif fact.kind != "date":
            values: list[Any] = [True, False] if fact.kind == "boolean" else [choice.value for choice in fact.choices]
            yield _listed_variable(fact, values)


def _cuts(fact: Fact, tests: list[Any]) -> list[int | float]:
    cuts: set[int | float] = set()
    for test in tests:
        if isinstance(test, Compare) and test.fact == fact:
            cuts.add(test.limit)
        elif isinstance(test, OneOf) and test.fact == fact:
            cuts.update(test.values)
        elif isinstance(test, DerivedIs):
            cuts.update(test.derived.cuts().get(fact.name, ()))
    return sorted(cuts)


def _variable(fact: Fact, representatives: list[Any], class_of: Callable[[Any], int]) -> Variable:
    if fact.unknown is not None:
        representatives = [*representatives, fact.unknown]
    unknown = len(representatives) - 1
    if fact.asked_when is not None:
        representatives = [*representatives, ABSENT]

    def classes_of(facts: Mapping[str, Any]) -> frozenset[int] | None:
        value = facts.get(fact.name)
        if value is None:
            return None
        return frozenset((unknown if fact.unknown is not None and value == fact.unknown else class_of(value),))

    return Variable((fact.name,), tuple(representatives), classes_of, fact.asked_when is not None)


def _listed_variable(fact: Fact, values: list[Any]) -> Variable:
    places = {value: place for place, value in enumerate(values)}
    return _variable(fact, values, places.__getitem__)


def _number_variable(fact: Fact, cuts: list[int | float]) -> Variable:
    """Classes: each cut itself, and each open interval between neighbouring cuts that holds a value of the fact."""
    assert fact.minimum is not None
    assert fact.maximum is not None
    integer = fact.kind == "integer"
    representatives: list[Any] = []
    class_at: dict[int, int] = {}
    bounds = [fact.minimum - 1, *cuts, fact.maximum + 1]
    for place, (low, high) in enumerate(pairwise(bounds)):
        inside = _between(low, high, fact.minimum, fact.maximum, integer=integer)
        if inside is not None:
            class_at[2 * place] = len(representatives)
            representatives.append(inside)
        if place < len(cuts) and fact.takes(high):
            class_at[2 * place + 1] = len(representatives)
            representatives.append(high)

    def class_of(value: Any) -> int:
        place = bisect_left(cuts, value)
        return class_at[2 * place + (place < len(cuts) and cuts[place] == value)]

    return _variable(fact, representatives, class_of)


def _between(low: float, high: float, minimum: float, maximum: float, *, integer: bool) -> float | None:
    """A value strictly between ``low`` and ``high`` within the limits, or None."""
    if integer:
        inside = max(int(low // 1) + 1, int(minimum))
        return inside if inside < high and inside <= maximum else None
    low, high = max(low, minimum), min(high, maximum)
    return (low + high) / 2 if low < high else None


def _choices_variable(fact: Fact, sets: list[set[str]]) -> Variable:
    """Classes of a list fact: which of the policy's sets it meets."""
    values = [choice.value for choice in fact.choices]
    representatives: list[Any] = []
    class_at: dict[tuple[bool, ...], int] = {}

    def signature(chosen: Iterable[str]) -> tuple[bool, ...]:
        picked = set(chosen)
        return tuple(bool(picked & wanted) for wanted in sets)

    for size in range(len(values) + 1):
        for chosen in combinations(values, size):
            if class_at.setdefault(signature(chosen), len(representatives)) == len(representatives):
                representatives.append(list(chosen))
    return _variable(fact, representatives, lambda value: class_at[signature(value)])


@dataclass(frozen=True, slots=True)
class _Age:
    dates: tuple[str, str]


def _age_variable(names: tuple[str, ...], years: list[int]) -> Variable:
    """Classes of an age: the intervals between the ages that the policy names. One date alone leaves a range open."""
    born_name, as_of_name = names
    # births far enough from both ends of the calendar that every class has a pair of dates
    representatives = tuple(_Age(("1900-01-01", f"{1900 + age:04d}-01-01")) for age in [years[0] - 1, *years])

    def age_class(born: str, as_of: str) -> int:
        age = age_in_years(datetime.date.fromisoformat(born), datetime.date.fromisoformat(as_of))
        return sum(age >= limit for limit in years)

    def classes_of(facts: Mapping[str, Any]) -> frozenset[int] | None:
        born, as_of = facts.get(born_name), facts.get(as_of_name)
        if born is None and as_of is None:
            return None
        lowest = age_class(born or "9999-12-31", as_of or "0001-01-01")
        highest = age_class(born or "0001-01-01", as_of or "9999-12-31")
        return frozenset(range(lowest, highest + 1))

    return Variable(names, representatives, classes_of)
