"""What the answers so far mean for each criterion, for the person who is answering."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.template.loader import render_to_string

from criteria.evaluate import Decision
from criteria.nodes import Node
from criteria.policy import RENEWAL, Policy
from criteria.verdict import MET, NOT_MET
from pa_portal.intake.words import section

HEADLINES = {
    "meets": "The answers meet the criteria.",
    "does_not_meet": "The answers do not meet the criteria.",
    "insufficient_information": "Some criteria cannot be established from what is known.",
}
OPEN_HEADLINE = "Open. Questions stop as soon as the outcome is settled."


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion: ``state`` (met, open, unmet, closed) picks icon and colour, ``word`` says the same in words."""

    id: str
    state: str
    word: str
    label: str
    cite: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria under one heading, ``folded`` away until somebody opens it.

    ``cite`` is their section when they share one; else each line names its own.
    """

    heading: str
    lines: tuple[Line, ...]
    folded: bool = False

    @property
    def cite(self) -> str:
        cites = {line.cite for line in self.lines}
        return cites.pop() if len(cites) == 1 else ""


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel "Criteria so far" under one policy version."""

    policy: Policy
    headline: str
    groups: tuple[Group, ...]

    @property
    def html(self) -> str:
        """The panel as drawn. Many drafts stand at the same point, and it holds the policy's words alone."""
        return _drawn(self)


@lru_cache(maxsize=1024)
def _drawn(panel: Panel) -> str:
    return render_to_string("components/criteria_panel.html", {"panel": panel})


def build(decision: Decision) -> Panel:
    """Lay out the decision on the answers so far: what binds every request, then the pathways or renewal criteria."""
    policy, open_facts = decision.policy, frozenset(decision.next_questions)
    renewal = decision.facts.get("request_type") == RENEWAL
    groups = [Group("For every request", tuple(_criterion(decision, node, open_facts) for node in policy.universal))]
    if renewal:
        lines = tuple(_criterion(decision, node, open_facts) for node in policy.renewal)
        groups.append(Group("For a renewal, all of", lines))
    else:
        groups += _pathways([_pathway(decision, node, open_facts) for node in policy.pathways])
    return Panel(policy, OPEN_HEADLINE if open_facts else HEADLINES[decision.outcome], tuple(groups))


def _pathways(lines: list[Line]) -> Iterator[Group]:
    """Those that are met or can still be, then those that an answer closed."""
    closed = tuple(line for line in lines if line.state == "closed")
    others = tuple(line for line in lines if line.state != "closed")
    if others:
        yield Group("One of these pathways", others)
    if closed:
        yield Group("Closed by an answer" if others else "One of these pathways", closed, folded=bool(others))


def _criterion(decision: Decision, node: Node, open_facts: frozenset[str]) -> Line:
    verdict = decision.verdict_of(node.id)
    if verdict is MET:
        return Line(node.id, "met", "Met", node.label, section(node.cite))
    if verdict is NOT_MET:
        return Line(node.id, "unmet", "Not met", node.label, section(node.cite), node.explain_unmet)
    if open_facts.isdisjoint(node.names) and not _untouched(decision, node):
        return Line(node.id, "open", "Not established", node.label, section(node.cite), node.explain_unresolved)
    return Line(node.id, "open", "Still open", node.label, section(node.cite))


def _pathway(decision: Decision, node: Node, open_facts: frozenset[str]) -> Line:
    """A pathway that is out of reach is closed, which is no fault as long as another one is met or open."""
    verdict = decision.verdict_of(node.id)
    if verdict is MET:
        return Line(node.id, "met", "Met", node.label, section(node.cite))
    if verdict is NOT_MET:
        return Line(node.id, "closed", "Closed", node.label, section(node.cite), _reasons(decision, node.children))
    if open_facts.isdisjoint(node.names):
        word = "Not established" if decision.outcome == "insufficient_information" else "Not needed"
        return Line(node.id, "open", word, node.label, section(node.cite))
    met = sum(decision.verdict_of(child.id) is MET for child in node.children)
    progress = f"{met} of {len(node.children)} parts met" if met else ""
    return Line(node.id, "open", "Still open", node.label, section(node.cite), progress)


def _reasons(decision: Decision, nodes: Iterable[Node]) -> str:
    return next((node.explain_unmet for node in nodes if decision.verdict_of(node.id) is NOT_MET), "")


def _untouched(decision: Decision, node: Node) -> bool:
    """Whether nothing that this criterion rests on has been answered."""
    return not any(name in decision.facts for name in node.names)
