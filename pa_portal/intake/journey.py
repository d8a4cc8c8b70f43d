"""Where a draft stands: its pages in order, what is done, and what comes next. Reads only what it is given."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.urls import reverse

from criteria import catalog
from criteria.policy import Page
from criteria.questions import walk
from pa_portal.intake import pages
from pa_portal.intake.path import MEETS, Path, Stop
from pa_portal.submissions.models import Request
from pa_portal.submissions.queries import given_facts


@dataclass(frozen=True, slots=True)
class Stage:
    """One of the three parts of a request, for the progress line. ``state``: done, current or todo."""

    name: str
    state: str
    detail: str


@dataclass(frozen=True)
class Journey(Path):
    """A draft together with the path its answers take. ``given`` are the facts that the portal fills in."""

    draft: Request

    @classmethod
    def of(cls, draft: Request) -> Journey:
        """The journey of a draft as stored."""
        policy = catalog.get(draft.policy_id, draft.policy_version)
        given = given_facts(draft)
        return cls(policy, given, draft.answers, walk(policy, draft.answers, given), draft)

    def supposing(self, *, answers: Mapping[str, Any] | None = None, given: Mapping[str, Any] | None = None) -> Journey:
        """The journey as it would be with these answers or given facts added; nothing is saved."""
        all_given, all_answers = {**self.given, **(given or {})}, {**self.answers, **(answers or {})}
        return Journey(self.policy, all_given, all_answers, walk(self.policy, all_answers, all_given), self.draft)

    @cached_property
    def details(self) -> tuple[Stop, ...]:
        return tuple(
            Stop("details", page.slug, page.title, self._url("details", page.slug), page.done(self.draft))
            for page in pages.DETAILS
        )

    @property
    def beginning(self) -> Stop:
        return self.details[0]

    @property
    def steps_url(self) -> str:
        """The address of the list of steps."""
        return self._url("request")

    def question_url(self, page: Page) -> str:
        return self._url("question", page.id)

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

    def before(self, kind: str, slug: str = "") -> Stop | None:
        """The page before this one on the path; ``None`` for the first."""
        previous = None
        for stop in self.stops:
            if (stop.kind, stop.slug) == (kind, slug):
                return previous
            previous = stop
        return previous

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
