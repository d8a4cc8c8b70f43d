"""Rows of many requests, collected until COPY writes them; what each has comes from ``telling``."""

from __future__ import annotations

import datetime
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pa_portal.accounts.models import Organization, User
from pa_portal.audit.models import Event
from pa_portal.demo.bulk.people import FIRST, LAST, People, Practice
from pa_portal.demo.bulk.rows import Rows, row_of
from pa_portal.demo.people import PLAN_ID
from pa_portal.determinations import composing, queries
from pa_portal.determinations.clocks import Rule
from pa_portal.determinations.letters import content as letters
from pa_portal.determinations.models import (
    Appeal,
    AppealOutcome,
    Authorization,
    AuthorizationVoid,
    ClockEvent,
    Determination,
    Letter,
    Recommendation,
    RecommendationAnswer,
    Task,
)
from pa_portal.submissions.models import Answer, Patient, Request, Submission
from pa_portal.submissions.numbers import ALPHABET, Numbering

# What COPY takes: a table, its columns, and rows.
Texts = list[tuple[str, tuple[str, ...], bytes]]
# Parents before what refers to them.
MODELS = (
    Patient, Request, Answer, Submission, Determination, Recommendation, RecommendationAnswer, Authorization,
    AuthorizationVoid, Appeal, AppealOutcome, Task, ClockEvent, Letter, Event,
)  # fmt: skip
# Coprime with 29, so that numbers that follow one another do not look alike.
_SCATTER = 9_576_890_767


def request_id(seed: int, index: int) -> uuid.UUID:
    """Return the id of the request with this index, from 0, among those of a seed."""
    return uuid.uuid5(PLAN_ID, f"request:{seed}:{index}")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What letters say of the plan, and how many days there are for an appeal."""

    plan: letters.Plan
    appeal_days: int

    @classmethod
    def of(cls, plan: Organization) -> Letterhead:
        return cls(composing.plan_details(plan), queries.letter_settings(plan).appeal_days)


class Records:
    """Rows of many requests, collected until they are written.

    ``first`` is the index of the first request among those of the seed, ``before`` how many other seeds have made.
    """

    def __init__(
        self,
        people: People,
        rules: Mapping[tuple[str, str, str], Rule],
        letterhead: Letterhead,
        dice: random.Random,
        *,
        seed: int,
        first: int,
        before: int,
    ) -> None:
        self.people, self.rules, self.dice = people, rules, dice
        self.seed, self.index, self.before = seed, first, before
        self.letterhead = letterhead
        self.rows = {model: Rows(model) for model in MODELS}
        self.requests: list[uuid.UUID] = []

    def id(self) -> uuid.UUID:
        return uuid.UUID(int=self.dice.getrandbits(128), version=4)

    def number(self, kind: Numbering, nth: int = 0) -> str:
        """Return a number for the current request, or the ``nth`` of two."""
        return kind.of((2 * (self.before + self.index) + nth) * _SCATTER % len(ALPHABET) ** (4 * kind.groups - 1))

    def patient(self, practice: Practice, business: str, at: datetime.datetime) -> Patient:
        """Add a patient of a practice."""
        dice, home = self.dice, practice.organization
        medicare = business == "medicare"
        born = at.date() - datetime.timedelta(
            days=dice.randrange(66 * 365, 88 * 365) if medicare else dice.randrange(30 * 365, 64 * 365)
        )
        patient = row_of(
            Patient,
            id=self.id(),
            organization=home,
            plan=self.people.plan,
            first_name=dice.choice(FIRST),
            last_name=dice.choice(LAST),
            date_of_birth=born,
            member_id=f"PMH{dice.randrange(10**9):09d}",
            sex="male" if dice.random() < 0.01 else "female",
            phone=f"804-555-{dice.randrange(10**4):04d}",
            address_line1=f"{dice.randrange(100, 9900)} {dice.choice(LAST)} Street",
            city=home.city,
            # One contractor serves all of North Carolina, so that a Medicare member's county need not be known.
            state="NC" if medicare else home.state,
            postal_code=home.postal_code,
            line_of_business=business,
            created_at=at,
            updated_at=at,
        )
        self.rows[Patient].put(patient)
        return patient

    def event(
        self, by: User | None, action: str, at: datetime.datetime, of: Any, organization: uuid.UUID, **detail: Any
    ) -> None:
        self.rows[Event].add(
            at=at,
            action=action,
            actor_id=by.pk if by else None,
            actor_label=_label(by) if by else "system",
            organization_id=organization,
            object_type=of._meta.label_lower,
            object_id=str(of.pk),
            detail=detail,
        )

    def texts(self) -> Texts:
        """Return every row collected, by table."""
        return [(rows.table, rows.columns, rows.text()) for rows in self.rows.values() if rows.lines]


@cache
def _label(user: User) -> str:
    return user.audit_label()
