"""Which unanswered facts can still change the outcome, and the path of questions that a set of answers takes.

A fact is relevant if some answers to the other unanswered facts exist under which its value changes the outcome.
That is decided exactly, on the policy's decision diagram (`diagram.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from criteria.diagram import LAST_TERMINAL, VERDICTS, Diagram, diagram_of
from criteria.facts import Fact, FactError
from criteria.policy import Page, Policy
from criteria.verdict import MET, Verdict

Facts = Mapping[str, Any]


def relevant(policy: Policy, facts: Facts) -> tuple[str, ...]:
    """The unanswered facts that can still change the outcome, in the order in which they are asked.

    ``facts`` have been validated. A fact whose own precondition is not met, or not yet answered, is not relevant yet.
    """
    diagram = diagram_of(policy)
    return _askable(diagram, _restricted(diagram, facts), facts)


def _restricted(diagram: Diagram, facts: Facts) -> int:
    allowed: dict[int, tuple[int, ...]] = {}
    unanswered = set()
    for place, variable in enumerate(diagram.variables):
        classes = variable.classes_of(facts)
        if classes is None:
            unanswered.add(place)
        else:
            allowed[place] = tuple(sorted(classes))
    return diagram.restrict(diagram.outcome(frozenset(unanswered)), allowed)


def _askable(diagram: Diagram, outcome: int, facts: Facts) -> tuple[str, ...]:
    places = diagram.support(outcome)
    return tuple(
        fact.name
        for fact in diagram.policy.facts.values()
        if diagram.index.get(fact.name) in places and facts.get(fact.name) is None and applies(fact, facts)
    )


def applies(fact: Fact, facts: Facts) -> bool:
    """Whether a fact's precondition, if it has one, is met."""
    return fact.asked_when is None or fact.asked_when.verdict(facts) is MET


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a path: the facts shown there, those still to answer, and those answered."""

    page: Page | None
    shown: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """The path that answers take through the questions.

    ``facts``: what counts, which is the given facts and the answers on the path, in order. ``steps``: the pages shown.
    ``pending``: the first question still open, None when nothing is left to ask. ``set_aside``: stored answers that
    are not on the path. ``verdict``: the settled verdict, or None while it is open or cannot be established.
    """

    facts: dict[str, Any]
    steps: tuple[Step, ...]
    pending: str | None
    set_aside: tuple[str, ...]
    verdict: Verdict = None
    asked: tuple[str, ...] = field(default=())

    @property
    def done(self) -> bool:
        """Whether nothing is left to ask."""
        return self.pending is None

    def step(self, page_id: str) -> Step | None:
        """The step that shows this page, or None when the page is not on the path."""
        return next((step for step in self.steps if step.page is not None and step.page.id == page_id), None)


def walk(policy: Policy, answers: Facts, given: Facts) -> Walk:
    """Replay answers page by page.

    ``given``: administrative facts; ``answers``: everything stored, on the path or not. A page shows the facts that
    can still change the outcome when it is reached. A stored answer that its fact does not accept counts as missing.
    """
    diagram = diagram_of(policy)
    facts = {name: value for name, value in given.items() if value is not None}
    outcome = _restricted_path_start(diagram, facts)
    steps: list[Step] = []
    pending: str | None = None
    while outcome > LAST_TERMINAL and pending is None:
        variable = diagram.variables[diagram.nodes[outcome][0]]
        first = next(name for name in variable.facts if name not in facts)
        page = policy.page_of(first)
        relevant_here = _askable(diagram, outcome, facts)
        shown = tuple(name for name in (page.facts if page else (first,)) if name in relevant_here)
        answered = {name: answers[name] for name in shown if _usable(policy.facts[name], answers.get(name))}
        facts.update(answered)
        outcome = diagram.restrict(outcome, _held(diagram, answered, facts))
        missing = tuple(name for name in shown if name not in answered)
        steps.append(Step(page, shown, missing))
        pending = next((name for name in _askable(diagram, outcome, facts) if name in missing), None)
    asked = tuple(name for name in facts if name not in given)
    set_aside = tuple(name for name, value in answers.items() if value is not None and name not in facts)
    verdict = VERDICTS[outcome] if outcome <= LAST_TERMINAL else None
    return Walk(facts, tuple(steps), pending, set_aside, verdict, asked)


def _restricted_path_start(diagram: Diagram, given: Facts) -> int:
    """The outcome under the given facts alone, kept for the next walk from the same ones."""
    held = _held(diagram, given, given)
    key = ("start", tuple(sorted(held.items())))
    found = diagram.policy.cache.get(str(key))
    if found is None:
        everything = frozenset(range(len(diagram.variables))) - held.keys()
        found = diagram.policy.cache[str(key)] = diagram.restrict(diagram.outcome(everything), held)
    assert isinstance(found, int)
    return found


def _held(diagram: Diagram, names: Iterable[str], facts: Facts) -> dict[int, tuple[int, ...]]:
    held = {}
    for place in {diagram.index[name] for name in names if name in diagram.index}:
        classes = diagram.variables[place].classes_of(facts)
        assert classes is not None
        held[place] = tuple(sorted(classes))
    return held


def _usable(fact: Fact, value: Any) -> bool:
    try:
        return fact.parse(value) is not None
    except FactError:
        return False
