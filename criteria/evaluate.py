"""Policy and facts -> decision: the outcome, what stands in the way, what is open, and the verdict tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from criteria.compile import Compiled, compiled
from criteria.facts import validate
from criteria.nodes import AllOf, AnyOf, DerivedIs, Node, Not, SameValue
from criteria.policy import INITIAL, RENEWAL, Policy
from criteria.questions import relevant
from criteria.verdict import MET, NOT_MET, OUTCOMES, Verdict

Facts = Mapping[str, Any]


class TraceNode:
    """One criterion of the verdict tree. It reads from the decision, which holds every verdict."""

    __slots__ = ("_decision", "_node")

    def __init__(self, node: Node, decision: Decision) -> None:
        self._node, self._decision = node, decision

    @property
    def id(self) -> str:
        return self._node.id

    @property
    def kind(self) -> str:
        """ "all_of", "any_of", "not", "derived", "same" or "fact"."""
        return _kind(self._node)

    @property
    def label(self) -> str:
        return self._node.label

    @property
    def cite(self) -> str:
        return self._node.cite

    @property
    def marks(self) -> tuple[str, ...]:
        return self._node.marks

    @property
    def verdict(self) -> Verdict:
        return self._decision.verdict_of(self._node.id)

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of the facts that the criterion rests on."""
        return self._node.names

    @property
    def children(self) -> tuple[TraceNode, ...]:
        return tuple(TraceNode(child, self._decision) for child in self._node.children)

    def as_json(self) -> dict[str, Any]:
        """The node and all below it as plain JSON values; null means not established."""
        return {
            "id": self.id,
            "kind": self.kind,
            "label": self.label,
            "citation": self.cite,
            "marks": list(self.marks),
            "verdict": self.verdict,
            "facts": list(self.facts),
            "children": [child.as_json() for child in self.children],
        }


@dataclass(frozen=True)
class Decision:
    """The decision of one policy version on one set of facts. Everything follows from ``verdicts``."""

    policy: Policy
    facts: Facts
    verdicts: tuple[Verdict, ...]

    @property
    def verdict(self) -> Verdict:
        return self.verdicts[-1]

    @property
    def outcome(self) -> str:
        """ "meets", "does_not_meet" or "insufficient_information"."""
        return OUTCOMES[self.verdict]

    def verdict_of(self, criterion_id: str) -> Verdict:
        """The verdict of one criterion. Raises ``KeyError``."""
        return self.verdicts[self._compiled.position[criterion_id]]

    @property
    def _compiled(self) -> Compiled:
        return compiled(self.policy)

    @cached_property
    def pathways(self) -> tuple[str, ...]:
        """Ids of the pathways established, sorted; none for a renewal."""
        if self.facts.get("request_type") == RENEWAL:
            return ()
        return tuple(sorted(node.id for node in self.policy.pathways if self.verdict_of(node.id) is MET))

    @cached_property
    def unmet(self) -> tuple[str, ...]:
        """Ids of the criteria that are false and stand in the way; empty unless the outcome is "does_not_meet"."""
        return self._standing_in_the_way() if self.verdict is NOT_MET else ()

    @cached_property
    def unresolved(self) -> tuple[str, ...]:
        """Ids of the criteria not established on which the outcome still hangs."""
        return self._standing_in_the_way() if self.verdict is None else ()

    def _standing_in_the_way(self) -> tuple[str, ...]:
        """The named criteria whose verdict is that of the whole, along every branch that has it."""
        policy, kind = self.policy, self.facts.get("request_type")
        groups: list[tuple[Node, ...]] = [policy.universal]
        if self.verdict_of("request_criteria") is self.verdict:
            if kind is None:
                groups.append((policy.criterion("is_initial"), policy.criterion("is_renewal")))
            if kind != RENEWAL:
                groups += [path.children for path in policy.pathways if self.verdict_of(path.id) is self.verdict]
            if kind != INITIAL:
                groups.append(policy.renewal)
        blamed = (node.id for group in groups for node in group if self.verdict_of(node.id) is self.verdict)
        return tuple(dict.fromkeys(blamed))

    @cached_property
    def next_questions(self) -> tuple[str, ...]:
        """Unanswered facts that can still change the outcome, in the order in which they are asked."""
        return relevant(self.policy, self.facts) if self.verdict is None else ()

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """Ids of the flags raised for the reviewer."""
        return tuple(
            flag.id
            for flag in self.policy.flags.values()
            if flag.when.verdict(self.facts) is MET
            and not (flag.unless is not None and flag.unless.verdict(self.facts) is MET)
        )

    @property
    def trace(self) -> TraceNode:
        """The whole tree of criteria with each one's verdict."""
        return TraceNode(self.policy.root, self)

    def as_json(self, *, trace: bool = False) -> dict[str, Any]:
        """The decision in the contract's words, as plain JSON values."""
        words: dict[str, Any] = {
            "outcome": self.outcome,
            "pathways": list(self.pathways),
            "unmet": list(self.unmet),
            "unresolved": list(self.unresolved),
            "next_questions": list(self.next_questions),
            "flags": list(self.flags),
        }
        return {**words, "trace": self.trace.as_json()} if trace else words


def _kind(node: Node) -> str:
    match node.test:
        case AllOf():
            return "all_of"
        case AnyOf():
            return "any_of"
        case Not():
            return "not"
        case DerivedIs():
            return "derived"
        case SameValue():
            return "same"
    return "fact"


def verdict(policy: Policy, facts: Facts) -> Verdict:
    """The verdict alone, as fast as it goes. ``facts`` have been validated."""
    return compiled(policy).verdict(facts)


def decide(policy: Policy, facts: Facts) -> Decision:
    """Decide facts under a policy version. Raises ``FactError`` for a fact outside what it accepts."""
    answered = validate(policy.facts, facts)
    return Decision(policy, answered, compiled(policy).trace(answered))
