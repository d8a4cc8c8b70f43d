"""The times in which a plan decides, in words, and in the order of its page."""

from __future__ import annotations

from dataclasses import dataclass

from pa_portal.accounts.models import Organization
from pa_portal.determinations.models import Stage
from pa_portal.determinations.queries import TimeLeft, clock_rules
from pa_portal.submissions.models import LineOfBusiness, Urgency


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a plan. ``key`` names it in addresses and in the record of changes."""

    time: TimeLeft

    @property
    def key(self) -> tuple[str, str, str]:
        return self.time.stage, self.time.line_of_business, self.time.urgency

    @property
    def line_of_business(self) -> str:
        return str(LineOfBusiness(self.time.line_of_business).label)

    @property
    def urgency(self) -> str:
        return str(Urgency(self.time.urgency).label)

    @property
    def name(self) -> str:
        return name(":".join(self.key))

    @property
    def says(self) -> str:
        return in_days(self.time.hours)

    @property
    def medicare(self) -> bool:
        return self.time.line_of_business == LineOfBusiness.MEDICARE


def name(subject: str) -> str:
    """ "request:medicaid:expedited" as "Requests, Medicaid, expedited"."""
    stage, business, urgency = subject.split(":")
    return f"{Stage(stage).label}s, {LineOfBusiness(business).label}, {Urgency(urgency).label.lower()}"


def in_days(hours: int) -> str:
    """Hours, with the days that they make where they make whole ones."""
    days, rest = divmod(hours, 24)
    said = f"{hours} hours" if hours != 1 else "1 hour"
    return said if rest or days < 2 else f"{said} ({days} days)"


def groups(plan: Organization) -> list[tuple[str, list[Rule]]]:
    """Every rule of a plan, those of requests first."""
    found = [Rule(time) for time in clock_rules(plan)]
    return [
        (f"{stage.label}s", [rule for rule in found if rule.time.stage == stage])
        for stage in (Stage.REQUEST, Stage.APPEAL)
    ]


def one(plan: Organization, key: tuple[str, str, str]) -> Rule | None:
    """The rule with this key, if there is such a rule."""
    return next((rule for _, found in groups(plan) for rule in found if rule.key == key), None)
