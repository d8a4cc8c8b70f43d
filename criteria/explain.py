"""Verdict tree -> plain sentences: what was decided, criterion by criterion, with the answers behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from criteria.evaluate import Decision
from criteria.nodes import DerivedIs, Node
from criteria.policy import RENEWAL, Policy, descend
from criteria.verdict import MET, NOT_MET, UNKNOWN, Verdict


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion: its verdict, a sentence that says so, the answers it rests on, and what would change it."""

    criterion_id: str
    label: str
    cite: str
    marks: tuple[str, ...]
    verdict: Verdict
    sentence: str
    because: tuple[str, ...]
    would_change: str


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria that belong together: the universal ones, one pathway's, or the renewal's."""

    id: str
    label: str
    cite: str
    verdict: Verdict
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    headline: str
    groups: tuple[Group, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line once, in order; a criterion that several pathways share is told the first time."""
        return tuple({line.criterion_id: line for group in self.groups for line in group.lines}.values())

    @property
    def unmet(self) -> tuple[Line, ...]:
        """The criteria that are not met, of the groups shown."""
        return tuple(line for line in self.lines if line.verdict is NOT_MET)

    @property
    def unresolved(self) -> tuple[Line, ...]:
        """The criteria that are not established, of the groups shown."""
        return tuple(line for line in self.lines if line.verdict is UNKNOWN)


def sentences(policy: Policy, decision: Decision, facts: Mapping[str, Any] | None = None) -> Explanation:
    """Explain a decision to a person.

    The groups shown are the universal criteria and, for an initial request, the pathways that are met; else those
    still open; else those that came closest. ``facts`` defaults to the decision's own.
    """
    facts = decision.facts if facts is None else facts

    def group(node_id: str, label: str, cite: str, nodes: tuple[Node, ...]) -> Group:
        lines = tuple(line(policy, decision, node, facts) for node in nodes)
        return Group(node_id, label, cite, decision.verdict_of(node_id), lines)

    universal = policy.universal
    groups = [group("universal_criteria", "Every request", universal[0].cite, universal)]
    if decision.facts.get("request_type") == RENEWAL:
        groups.append(group("renewal_criteria", "Renewal", policy.renewal[0].cite, policy.renewal))
    else:
        groups += [group(node.id, node.label, node.cite, node.children) for node in pathways_in_view(policy, decision)]
    return Explanation(_headline(policy, decision), tuple(groups))


def pathways_in_view(policy: Policy, decision: Decision) -> tuple[Node, ...]:
    """The pathways worth showing: those met, else those still open, else those with the fewest criteria not met."""

    def unmet(node: Node) -> int:
        return sum(decision.verdict_of(child.id) is NOT_MET for child in node.children)

    for wanted in (MET, UNKNOWN):
        found = tuple(node for node in policy.pathways if decision.verdict_of(node.id) is wanted)
        if found:
            return found
    fewest = min(unmet(node) for node in policy.pathways)
    return tuple(node for node in policy.pathways if unmet(node) == fewest)


def line(policy: Policy, decision: Decision, node: Node, facts: Mapping[str, Any]) -> Line:
    """One criterion with its verdict in a sentence."""
    verdict = decision.verdict_of(node.id)
    sentence = {MET: f"{node.label}.", NOT_MET: node.explain_unmet, UNKNOWN: node.explain_unresolved}[verdict]
    because = tuple(dict.fromkeys(_because(policy, node, facts)))
    return Line(node.id, node.label, node.cite, node.marks, verdict, sentence, because, node.would_change)


def _because(policy: Policy, node: Node, facts: Mapping[str, Any]) -> Iterator[str]:
    for name in node.names:
        fact = policy.facts[name]
        if facts.get(name) is not None:
            yield f"{fact.label}: {fact.say(facts[name])}"
    for below in descend(node):
        if isinstance(below.test, DerivedIs) and any(facts.get(name) is not None for name in below.names):
            yield below.test.derived.say(facts)


def _headline(policy: Policy, decision: Decision) -> str:
    renewal = decision.facts.get("request_type") == RENEWAL
    what = "renewal" if renewal else "request"
    if decision.verdict is NOT_MET:
        return f"This {what} does not meet the criteria as answered."
    if decision.verdict is UNKNOWN:
        if decision.next_questions:
            return f"More answers are needed to decide this {what}."
        return f"The answers given do not settle the criteria for this {what}."
    if renewal:
        return "This renewal meets the criteria."
    named = "; ".join(policy.pathway(pathway).label for pathway in decision.pathways)
    return f"This request meets the criteria for: {named}."
