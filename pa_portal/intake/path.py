"""The way that answers take through a policy's questions, whoever gives them and wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from criteria.evaluate import Decision, decide
from criteria.policy import RENEWAL, Page, Policy
from criteria.questions import Walk, relevant, walk
from criteria.verdict import NOT_MET, UNKNOWN
from pa_portal.intake import panel

MEETS = "meets"


@dataclass(frozen=True, slots=True)
class Stop:
    """One page on the way: its address ("" where pages have none), its name in lists, and whether it is complete."""

    kind: str
    slug: str
    title: str
    url: str
    done: bool


@dataclass(frozen=True)
class Path:
    """``given``: facts filled in before the questions begin; ``answers``: everything answered, on the way or not."""

    policy: Policy
    given: Mapping[str, Any]
    answers: Mapping[str, Any]
    walk: Walk

    @classmethod
    def through(cls, policy: Policy, given: Mapping[str, Any], answers: Mapping[str, Any]) -> Path:
        return Path(policy, given, answers, walk(policy, answers, given))

    @cached_property
    def decision(self) -> Decision:
        """The engine's decision on the answers that count."""
        return decide(self.policy, self.walk.facts)

    @cached_property
    def panel(self) -> panel.Panel:
        return panel.build(self.decision)

    @cached_property
    def questions(self) -> tuple[Stop, ...]:
        """The clinical pages on the path, the one with the next question last."""
        return tuple(
            Stop(
                "question",
                step.page.id,
                step.page.title,
                self.question_url(step.page),
                self.walk.pending not in step.page.facts,
            )
            for step in self.walk.steps
            if step.page is not None
        )

    @property
    def beginning(self) -> Stop:
        """The page that takes what is given before the questions."""
        return Stop("start", "start", "Before you begin", "", True)

    def question_url(self, page: Page) -> str:
        """The address of a clinical page; "" where pages have none."""
        return ""

    @cached_property
    def standing(self) -> tuple[str, ...]:
        """The answers that count, then those given before that may yet, once a question ahead of them is answered."""
        facts, given = dict(self.walk.facts), set(self.walk.set_aside if self.walk.pending else ())
        while waiting := [name for name in relevant(self.policy, facts) if name in given]:
            facts |= {name: self.answers[name] for name in waiting}
        return tuple(name for name in facts if name not in self.given)

    def would_set_aside(self, would_be: Path) -> tuple[str, ...]:
        """The answers that stand now and would no longer stand, in order."""
        return tuple(name for name in self.standing if name not in would_be.standing)

    @property
    def settled(self) -> bool:
        """Whether no clinical question is left to ask."""
        return self.walk.pending is None

    @property
    def pending_page(self) -> Page | None:
        """The page with the next question; None when nothing is left to ask."""
        return self.policy.page_of(self.walk.pending) if self.walk.pending else None

    @cached_property
    def just_closed(self) -> tuple[str, ...]:
        """Labels of the pathways that the last page answered put out of reach, while others remain open."""
        answered = [step for step in self.walk.steps if not step.missing]
        if not answered or self.settled or self.given.get("request_type") == RENEWAL:
            return ()
        last = answered[-1].shown
        earlier = decide(self.policy, {name: value for name, value in self.walk.facts.items() if name not in last})
        return tuple(
            node.label
            for node in self.policy.pathways
            if self.decision.verdict_of(node.id) is NOT_MET and earlier.verdict_of(node.id) is not NOT_MET
        )

    @property
    def still_open(self) -> tuple[str, ...]:
        """Labels of the pathways that an answer can still bring about."""
        left = frozenset(self.decision.next_questions)
        return tuple(
            node.label
            for node in self.policy.pathways
            if self.decision.verdict_of(node.id) is UNKNOWN and not left.isdisjoint(node.names)
        )

    def shown(self, page: Page) -> tuple[str, ...]:
        """The facts of ``page`` that matter on the path as it stands; none when it is not on it."""
        step = self.walk.step(page.id)
        return step.shown if step else ()

    def page_of(self, fact: str) -> Stop | None:
        """The stop on the path that asks for ``fact``."""
        page = self.policy.page_of(fact)
        return next((stop for stop in self.questions if page is not None and stop.slug == page.id), None)
