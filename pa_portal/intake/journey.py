"""Where a draft stands: its pages in order, what is done, and what comes next. Reads only what it is given."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.urls import reverse

from criteria import catalog
from criteria.evaluate import Decision, decide
from criteria.policy import RENEWAL, Policy
from criteria.questions import Walk, walk
from criteria.verdict import NOT_MET
from pa_portal.intake import pages, panel
from pa_portal.submissions.models import Request
from pa_portal.submissions.queries import given_facts

MEETS = "meets"


@dataclass(frozen=True, slots=True)
class Stop:
    """One page of the draft: its address, its name in lists, and whether it is complete."""

    kind: str
    slug: str
    title: str
    url: str
    done: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the three parts of a request, for the progress line. ``state``: done, current or todo."""

    name: str
    state: str
    detail: str


@dataclass(frozen=True)
class Journey:
    """A draft together with the path its answers take. ``given``: facts that the portal fills in."""

    draft: Request
    policy: Policy
    given: Mapping[str, Any]
    walk: Walk

    @classmethod
    def of(cls, draft: Request) -> Journey:
        """The journey of a draft as stored."""
        policy = catalog.get(draft.policy_id, draft.policy_version)
        given = given_facts(draft)
        return cls(draft, policy, given, walk(policy, draft.answers, given))

    def supposing(self, *, answers: Mapping[str, Any] | None = None, given: Mapping[str, Any] | None = None) -> Journey:
        """The journey as it would be with these answers or given facts added; nothing is saved."""
        would_be = {**self.given, **(given or {})}
        return Journey(
            self.draft, self.policy, would_be, walk(self.policy, {**self.draft.answers, **(answers or {})}, would_be)
        )

    @cached_property
    def decision(self) -> Decision:
        """The engine's decision on the answers that count."""
        return decide(self.policy, self.walk.facts)

    @cached_property
    def panel(self) -> panel.Panel:
        return panel.build(self.decision)

    @cached_property
    def details(self) -> tuple[Stop, ...]:
        return tuple(
            Stop("details", page.slug, page.title, self._url("details", page.slug), page.done(self.draft))
            for page in pages.DETAILS
        )

    @cached_property
    def questions(self) -> tuple[Stop, ...]:
        """The clinical pages on the path, the one with the next question last."""
        return tuple(
            Stop(
                "question",
                step.page.id,
                step.page.title,
                self._url("question", step.page.id),
                self.walk.pending not in step.page.facts,
            )
            for step in self.walk.steps
            if step.page is not None
        )

    @property
    def settled(self) -> bool:
        """Whether no clinical question is left to ask."""
        return self.walk.pending is None

    @property
    def needs_rationale(self) -> bool:
        """Whether the answers leave something for the prescriber to explain to the reviewer."""
        return self.settled and self.decision.outcome != MEETS

    @cached_property
    def closing(self) -> tuple[Stop, ...]:
        """The pages after the questions: the outcome where the criteria are not met, then the check."""
        outcome = Stop(
            "outcome", "", "Outcome and rationale", self._url("outcome"), bool(self.draft.clinical_rationale)
        )
        check = Stop("check", "", "Check your answers and submit", self._url("check"), False)
        return (outcome, check) if self.needs_rationale else (check,)

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        return (*self.details, *self.questions, *(self.closing if self.settled else ()))

    @cached_property
    def next(self) -> Stop:
        """The first page that is not complete; the check-your-answers page when all are."""
        return next(stop for stop in self.stops if not stop.done)

    @property
    def complete(self) -> bool:
        """Whether everything up to the check is done."""
        return self.next.kind == "check"

    @cached_property
    def just_closed(self) -> tuple[str, ...]:
        """Labels of the pathways that the last page answered put out of reach, while others remain open."""
        answered = [step for step in self.walk.steps if not step.missing]
        if not answered or self.settled or self.draft.request_type == RENEWAL:
            return ()
        last = answered[-1].shown
        earlier = decide(self.policy, {name: value for name, value in self.walk.facts.items() if name not in last})
        return tuple(
            node.label
            for node in self.policy.pathways
            if self.decision.verdict_of(node.id) is NOT_MET and earlier.verdict_of(node.id) is not NOT_MET
        )

    def before(self, kind: str, slug: str = "") -> Stop | None:
        """The page before this one on the path; ``None`` for the first."""
        previous = None
        for stop in self.stops:
            if (stop.kind, stop.slug) == (kind, slug):
                return previous
            previous = stop
        return previous

    def page_of(self, fact: str) -> Stop | None:
        """The stop on the path that asks for ``fact``."""
        page = self.policy.page_of(fact)
        return next((stop for stop in self.questions if page is not None and stop.slug == page.id), None)

    def would_set_aside(self, would_be: Journey) -> tuple[str, ...]:
        """The answers that count now and would no longer count, in order."""
        return tuple(name for name in self.walk.asked if name in would_be.walk.set_aside)

    def would_bring_back(self, would_be: Journey) -> tuple[str, ...]:
        """Answers set aside now that would count again, in order."""
        return tuple(name for name in would_be.walk.asked if name in self.walk.set_aside)

    def stages(self, at: str) -> tuple[Stage, ...]:
        """The progress line as seen from a page of kind ``at``."""
        done = sum(stop.done for stop in self.details)
        answered = len(self.walk.asked)
        asked = f"{answered} answered" if not self.settled else f"{answered} answered, none left"
        here = {"details": 0, "question": 1, "outcome": 1}.get(at, 2)
        complete = (done == len(self.details), self.settled and bool(self.walk.facts), False)
        rows = (
            ("Details", f"{done} of {len(self.details)} done"),
            ("Clinical questions", asked),
            ("Check and submit", "Last step"),
        )
        return tuple(
            Stage(name, "current" if place == here else "done" if complete[place] else "todo", detail)
            for place, (name, detail) in enumerate(rows)
        )

    def _url(self, name: str, slug: str = "") -> str:
        return _address(name, slug).replace(_ANY, str(self.draft.id))


# A page names the address of every stop; looking each up in the URLconf would cost as much as drawing the page.
_ANY = str(uuid.UUID(int=0))


@cache
def _address(name: str, slug: str) -> str:
    return reverse(f"intake:{name}", args=[_ANY, slug] if slug else [_ANY])
