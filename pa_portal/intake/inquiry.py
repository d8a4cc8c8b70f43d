"""The public check of the criteria: what somebody has answered so far travels in the page, and is kept nowhere else.

No name, date of birth or number is asked for: an age in years gives the same verdict.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone

from criteria import catalog
from criteria.dates import renewal_date
from criteria.policy import RENEWAL, Page, Policy
from pa_portal.intake import fields, sheets
from pa_portal.intake.fields import Look
from pa_portal.intake.forms import AgeField
from pa_portal.intake.path import Path
from pa_portal.submissions.actions import POLICY

START, REGIMEN = "start", "authorized-regimen"
APPROVED = "approved_regimen"
# Before the name of a field: what it held when its page was opened, so that a change can be asked about.
WAS = "was-"
START_LOOKS = {"age": Look(inputmode="numeric", size="short", unit="years")}


class StartForm(forms.Form):
    """What the portal fills in for a request: its type, and how old the patient is."""

    request_type = forms.ChoiceField(
        label="What is the request for?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose an initial request or a renewal.",
            "invalid_choice": "Choose one from the list.",
        },
    )
    age = AgeField(label="How old is the patient?", help_text="In completed years")

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast("forms.ChoiceField", self.fields["request_type"])
        choice.choices = [(entry.value, entry.label) for entry in policy.facts["request_type"].choices]


@dataclass(frozen=True)
class Inquiry:
    """``start`` is the first page as posted; ``answers`` are all answers that could be used, on the path or not."""

    policy: Policy
    today: datetime.date
    start: StartForm
    answers: Mapping[str, Any]

    @classmethod
    def of(cls, post: QueryDict) -> Inquiry:
        """What a page sent, all of it checked again."""
        today = timezone.localdate()
        policy = catalog.governing(POLICY, today)
        posted = [name for name in (*_asked(policy), APPROVED) if sheets.was_posted(post, name)]
        posted += [name for name in _in_parts(policy, post) if name not in posted]
        found = sheets.read(policy, posted, post).answers
        start = StartForm(post if "request_type" in post or "age" in post else None, policy=policy)
        return cls(policy, today, start, {name: value for name, value in found.items() if value is not None})

    @classmethod
    def earlier(cls, post: QueryDict, names: Collection[str]) -> Inquiry:
        """What stood when the page that asks for ``names`` was opened."""
        was = {name.removeprefix(WAS): values for name, values in post.lists() if name.startswith(WAS)}
        before = post.copy()
        for name in post:
            if _fact_of(name) in names:
                del before[name]
        for name, values in was.items():
            before.setlist(name, values)
        return cls.of(before)

    @cached_property
    def given(self) -> dict[str, Any]:
        """The facts that the portal fills in for a request; none until the first page is answered."""
        if not self.start.is_valid():
            return {}
        # any date of birth that gives this age will do
        born = renewal_date(self.today, -12 * self.start.cleaned_data["age"])
        given = {
            "request_type": self.start.cleaned_data["request_type"],
            "request_date": self.today.isoformat(),
            "date_of_birth": born.isoformat(),
        }
        approved = self.answers.get(APPROVED)
        return given | ({APPROVED: approved} if approved is not None and given["request_type"] == RENEWAL else {})

    @cached_property
    def path(self) -> Path:
        answers = {name: value for name, value in self.answers.items() if name != APPROVED}
        return Path.through(self.policy, self.given, answers)

    @cached_property
    def regimen_page(self) -> Page:
        """The page that a renewal begins with: what was authorized."""
        fact = self.policy.facts[APPROVED]
        return Page(REGIMEN, fact.label, (APPROVED,), "A renewal is for the regimen that was authorized.", fact.cite)

    @property
    def renewal(self) -> bool:
        return self.given.get("request_type") == RENEWAL

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages on the path so far, the one with the next question last; none before the first page is answered."""
        if not self.given:
            return ()
        before = (self.regimen_page,) if self.renewal else ()
        if self.renewal and APPROVED not in self.given:
            return before
        return (*before, *(step.page for step in self.path.walk.steps if step.page is not None))

    @property
    def next_page(self) -> Page | None:
        """The page with the next question; None once nothing is left to ask."""
        if self.renewal and APPROVED not in self.given:
            return self.regimen_page
        return self.path.pending_page

    def page(self, slug: str) -> Page | None:
        """The page of this name, if it is on the path."""
        return next((page for page in self.pages if page.id == slug), None)

    def shown(self, page: Page) -> tuple[str, ...]:
        return page.facts if page.id == REGIMEN else self.path.shown(page)

    @property
    def standing(self) -> tuple[str, ...]:
        """The answers that count, and those that may yet."""
        if not self.given:
            return ()
        approved = (APPROVED,) if APPROVED in self.given else ()
        return (*approved, *self.path.standing)

    def would_set_aside(self, would_be: Inquiry) -> tuple[str, ...]:
        """The answers that stand here and would no longer stand there, in order."""
        return tuple(name for name in self.standing if name not in would_be.standing)

    def hidden(self, without: Collection[str] = ()) -> Iterator[tuple[str, str]]:
        """What travels on in the page, as (name, value): everything but the fields ``without``, which it shows."""
        return ((name, value) for name, value in self._pairs() if _fact_of(name) not in without)

    def was(self, names: Collection[str]) -> Iterator[tuple[str, str]]:
        """What the fields that a page shows held when it was opened, as (name, value) for ``earlier``."""
        return ((WAS + name, value) for name, value in self._pairs() if _fact_of(name) in names)

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name in self.start.fields if self.given else ():
            yield name, str(self.start.data[name])
        for name, value in self.answers.items():
            typed = fields.typed_from_answer(self.policy.facts[name], value)
            yield from ((name, item) for item in typed.values)
            if typed.text:
                yield name, typed.text
            if typed.unknown:
                yield name + fields.UNKNOWN_SUFFIX, "1"


def _fact_of(name: str) -> str:
    """The fact, or the field of the first page, that a control belongs to."""
    return name.split("-")[0]


def _asked(policy: Policy) -> tuple[str, ...]:
    return tuple(name for name, fact in policy.facts.items() if not fact.administrative)


def _in_parts(policy: Policy, post: QueryDict) -> Iterator[str]:
    for name, way in sheets.ways(policy).items():
        if any(post.get(fields.part_name(way.fact, part), "").strip() for part in way.parts):
            yield name
