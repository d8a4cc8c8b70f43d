"""What becomes of each request, and when: drawn from dice, with nothing written yet."""

from __future__ import annotations

import datetime
import random
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from pa_portal.demo.bulk.patterns import Pattern
from pa_portal.determinations.clocks import Rule
from pa_portal.submissions.models import LineOfBusiness, Urgency

BUSINESS = tuple(LineOfBusiness)
_BUSINESS_WEIGHTS = (46, 18, 22, 14)
# Half of the decisions come within this part of the time limit, and their spread.
_MEDIAN, _SPREAD = 0.34, 0.72
_MEETS = "meets"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens to a request, with what else there is to say of it."""

    name: str
    at: datetime.datetime
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """One request: when it was begun and submitted, and all that happened before the end of the time told of."""

    began_at: datetime.datetime
    submitted_at: datetime.datetime
    urgency: str
    pattern: Pattern
    acts: tuple[Act, ...]


def business(dice: random.Random) -> str:
    """Draw a line of business."""
    return dice.choices(BUSINESS, _BUSINESS_WEIGHTS)[0]


def first_moment(dice: random.Random, start: datetime.date, end: datetime.datetime) -> datetime.datetime:
    """Draw when a first request is submitted: in office hours, seldom at a weekend, and more often as months go by."""
    days = (timezone.localdate(end) - start).days
    while True:
        day = start + datetime.timedelta(days=int(days * dice.random() ** 0.85))
        if day.weekday() < 5 or dice.random() < 0.08:
            break
    hour = datetime.time(dice.randrange(8, 18), dice.randrange(60), dice.randrange(60), dice.randrange(10**6))
    return timezone.make_aware(datetime.datetime.combine(day, hour))


def story(
    dice: random.Random,
    pattern: Pattern,
    submitted_at: datetime.datetime,
    rule: dict[str, Rule],
    end: datetime.datetime,
) -> Story:
    """Draw what becomes of a request that is submitted then. ``rule`` has the clock's rule of each urgency."""
    urgency = Urgency.EXPEDITED if dice.random() < 0.17 else Urgency.STANDARD
    acts = _acts(dice, pattern, submitted_at, rule[urgency])
    began_at = submitted_at - datetime.timedelta(minutes=dice.randrange(6, 90), seconds=dice.randrange(60))
    return Story(began_at, submitted_at, urgency, pattern, tuple(act for act in acts if act.at < end))


def _acts(dice: random.Random, pattern: Pattern, at: datetime.datetime, rule: Rule) -> list[Act]:
    plain = pattern.decision.outcome == _MEETS and not pattern.decision.flags
    if plain and rule.hours > 72 and dice.random() < 0.16:
        return [Act("approve", at + datetime.timedelta(seconds=1 + dice.random() * 4), {"automatic": True})]
    if dice.random() < 0.025:
        return [Act("withdraw", at + _after(dice, rule.hours * 0.3))]
    acts: list[Act] = []
    taken = _after(dice, rule.hours * _MEDIAN)
    if pattern.later or dice.random() < 0.07:
        asked = at + taken / 2
        acts.append(Act("pend", asked, {"days": 14}))
        answered = asked + datetime.timedelta(hours=dice.lognormvariate(3.9, 0.6))
        if answered - asked > datetime.timedelta(days=13) or dice.random() < 0.06:
            return [*acts, Act("withdraw", asked + datetime.timedelta(days=dice.uniform(15, 30)))]
        pattern, at = pattern.later or pattern, answered
        acts.append(Act("respond", at, {"pattern": pattern}))
    if not rule.fixed and taken > datetime.timedelta(hours=0.7 * rule.hours) and dice.random() < 0.4:
        acts.append(Act("extend", at + taken * 0.8, {"hours": dice.choice((24, 48, 72))}))
    return acts + _decision(dice, pattern, at + taken)


def _decision(dice: random.Random, pattern: Pattern, at: datetime.datetime) -> list[Act]:
    meets = pattern.decision.outcome == _MEETS
    if dice.random() < (0.985 if meets else 0.14):
        modified = meets and dice.random() < 0.04
        acts = [Act("approve", at, {"modified": modified, "override": not meets})]
        if modified and dice.random() < 0.2:
            return acts + _appeal(dice, at)
        if dice.random() < 0.008:
            acts.append(Act("void", at + datetime.timedelta(days=dice.uniform(1, 12))))
        return acts
    recommended = at - datetime.timedelta(minutes=dice.randrange(20, 240))
    return [Act("recommend", recommended), Act("deny", at), *(_appeal(dice, at) if dice.random() < 0.24 else ())]


def _appeal(dice: random.Random, at: datetime.datetime) -> list[Act]:
    filed = at + datetime.timedelta(days=dice.uniform(0.5, 60))
    end = dice.choices(("uphold", "overturn", "withdraw_appeal"), (52, 38, 10))[0]
    return [Act("appeal", filed), Act(end, filed + _after(dice, 9 * 24))]


def _after(dice: random.Random, median_hours: float) -> datetime.timedelta:
    return datetime.timedelta(hours=median_hours * dice.lognormvariate(0, _SPREAD))
