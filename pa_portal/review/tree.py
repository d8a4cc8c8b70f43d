"""The criteria of a case as a reviewer reads them: each with its verdict, the answers behind it, and who gave them."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from criteria.evaluate import Decision
from criteria.explain import line, pathways_in_view
from criteria.nodes import DerivedIs, Node, Not
from criteria.policy import RENEWAL, Mark, descend
from criteria.verdict import MET, UNKNOWN
from pa_portal.determinations.case import Case
from pa_portal.review import documents, words
from pa_portal.review.documents import Document
from pa_portal.review.words import Said
from pa_portal.submissions.models import Answer


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: what was asked, what was said, by whom and when. ``at`` is None for what the portal filled in."""

    label: str
    said: str
    by: str
    at: datetime.datetime | None
    cite: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion. ``sentence`` says what is wrong or open; ``worked_out`` what a clinical rule makes of the answers.

    ``unanswered`` names what has no answer, for a criterion that is not established. ``decisive``: stands in the way.
    ``documents`` were sent in its support.
    """

    id: str
    label: str
    cite: str
    marks: tuple[Mark, ...]
    said: Said
    sentence: str
    answers: tuple[Given, ...]
    unanswered: tuple[str, ...]
    worked_out: tuple[str, ...]
    parts: tuple[Criterion, ...]
    decisive: bool
    documents: tuple[Document, ...]

    @property
    def in_short(self) -> str:
        """The answers on one line."""
        return "; ".join(f"{given.label}: {given.said}" for given in self.answers)


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria that belong together: those of every request, one pathway's, or the renewal's."""

    id: str
    label: str
    cite: str
    marks: tuple[Mark, ...]
    said: Said
    criteria: tuple[Criterion, ...]

    @property
    def met(self) -> tuple[Criterion, ...]:
        """Those of its criteria that are met."""
        return tuple(criterion for criterion in self.criteria if criterion.said.state == "met")

    @property
    def rest(self) -> tuple[Criterion, ...]:
        """Those that are not."""
        return tuple(criterion for criterion in self.criteria if criterion.said.state != "met")


@dataclass(frozen=True)
class Tree:
    """The whole of a case's criteria. ``shown``: what the outcome turns on; ``others``: what it does not."""

    universal: Group
    shown: tuple[Group, ...]
    others: tuple[Group, ...]
    heading: str


class Provenance:
    """Who gave the answers of one submission, and when: the latest of each that came before it."""

    def __init__(self, case: Case, history: Iterable[Answer]) -> None:
        self._case = case
        self._latest: dict[str, Answer] = {}
        for answer in history:
            if answer.given_at <= case.submission.submitted_at:
                self._latest[answer.fact] = answer

    @cached_property
    def _facts(self) -> Mapping[str, Any]:
        return self._case.content["facts"]

    def given(self, name: str) -> Given | None:
        """The answer to one fact; None where there is none."""
        fact, value = self._case.policy.facts[name], self._facts.get(name)
        if value is None:
            return None
        answer = None if fact.administrative else self._latest.get(name)
        by = answer.given_by.get_full_name() if answer else "From the request itself"
        return Given(fact.label, fact.say(value), by, answer.given_at if answer else None, words.section(fact.cite))

    def every(self) -> tuple[Given, ...]:
        """Every answer that counts, in the policy's order."""
        found = (self.given(name) for name in self._case.policy.facts)
        return tuple(given for given in found if given is not None)


def of(case: Case, provenance: Provenance) -> Tree:
    """Lay out the criteria: pathways that are met, else still open, else closest first; the rest apart."""
    policy, decision = case.policy, case.decision
    build = _Builder(case, decision, provenance, documents.of(case))
    universal = build.group("universal_criteria", "Every request", policy.universal[0].cite, (), policy.universal)
    if decision.facts.get("request_type") == RENEWAL:
        renewal = build.group("renewal_criteria", "Renewal", policy.renewal[0].cite, (), policy.renewal)
        return Tree(universal, (renewal,), (), "Renewal criteria")
    groups = {
        node.id: build.group(node.id, node.label, node.cite, node.marks, node.children) for node in policy.pathways
    }
    if build.settled_before(groups.values()):
        return Tree(universal, (), tuple(groups.values()), "")
    shown = tuple(groups.pop(node.id) for node in pathways_in_view(policy, decision))
    heading = {
        "met": "Pathway met" if len(shown) == 1 else "Pathways met",
        "open": "Pathway still open" if len(shown) == 1 else "Pathways still open",
        "unmet": "Closest pathway" if len(shown) == 1 else "Closest pathways",
    }[shown[0].said.state]
    return Tree(universal, shown, tuple(groups.values()), heading)


@dataclass(frozen=True, slots=True)
class _Builder:
    case: Case
    decision: Decision
    provenance: Provenance
    documents: tuple[Document, ...]

    def group(self, id: str, label: str, cite: str, marks: tuple[str, ...], nodes: tuple[Node, ...]) -> Group:
        criteria = tuple(self.criterion(node) for node in nodes)
        said = self.said(id, tuple(name for node in nodes for name in node.names))
        return Group(id, label, words.section(cite), self.marks(marks), said, criteria)

    def settled_before(self, pathways: Iterable[Group]) -> bool:
        """Whether a criterion of every request settled the outcome before any pathway was asked about."""
        return all(group.said is words.NOT_ASKED for group in pathways)

    def said(self, id: str, names: tuple[str, ...]) -> Said:
        """A verdict in words. What needed no question is not called open once the outcome is settled."""
        verdict = self.decision.verdict_of(id)
        asked = any(name in self.decision.facts for name in names)
        if verdict is UNKNOWN and not asked and self.decision.verdict is not UNKNOWN:
            return words.NOT_ASKED
        return words.verdict(verdict)

    def criterion(self, node: Node) -> Criterion:
        facts, verdict = self.decision.facts, self.decision.verdict_of(node.id)
        said = self.said(node.id, node.names)
        explained = verdict is not MET and said is not words.NOT_ASKED
        known = tuple(given for name in node.names if (given := self.provenance.given(name)) is not None)
        unanswered = tuple(
            self.case.policy.facts[name].label for name in node.names if verdict is UNKNOWN and facts.get(name) is None
        )
        # What a negation turns round would read as its opposite.
        parts = () if isinstance(node.test, Not) else node.children
        return Criterion(
            node.id,
            node.label,
            words.section(node.cite),
            self.marks(node.marks),
            said,
            line(self.case.policy, self.decision, node, facts).sentence if explained else "",
            known,
            unanswered,
            self._worked_out(node),
            tuple(self.criterion(part) for part in parts),
            node.id in self.decision.unmet or node.id in self.decision.unresolved,
            tuple(sent for sent in self.documents if node.id in sent.criteria),
        )

    def marks(self, ids: tuple[str, ...]) -> tuple[Mark, ...]:
        return tuple(self.case.policy.marks[id] for id in ids)

    def _worked_out(self, node: Node) -> tuple[str, ...]:
        facts = self.decision.facts
        said = (
            below.test.derived.say(facts)
            for below in descend(node)
            if isinstance(below.test, DerivedIs) and any(facts.get(name) is not None for name in below.names)
        )
        return tuple(dict.fromkeys(said))
