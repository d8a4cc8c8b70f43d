"""By when a plan owes a decision, for somebody who chooses between standard and expedited."""

from __future__ import annotations

import datetime

from django.core.cache import caches
from django.utils import timezone

from pa_portal.accounts.models import Organization
from pa_portal.determinations import queries as determinations
from pa_portal.determinations.models import Stage
from pa_portal.intake.boxes import Box
from pa_portal.submissions.models import Urgency

DAY = 24


def hours(plan: Organization, business: str, stage: str = Stage.REQUEST) -> dict[str, int]:
    """Hours until a decision is owed, by urgency, for a line of business. A change of the rules shows in a minute."""
    key = f"intake:deadlines:{plan.pk}"
    rules = caches["pages"].get(key)
    if rules is None:
        rules = determinations.clock_rules(plan)
        caches["pages"].set(key, rules, 60)
    return {rule.urgency: rule.hours for rule in rules if (rule.stage, rule.line_of_business) == (stage, business)}


def box(plan: Organization, business: str, stage: str = Stage.REQUEST) -> Box:
    """Both deadlines, and when they would fall if it were sent now."""
    now, found = timezone.localtime(), hours(plan, business, stage)
    figures = tuple((Urgency(urgency).label, words(found[urgency])) for urgency in Urgency.values)
    by = "; ".join(
        f"{Urgency(urgency).label.lower()} by {moment(now + datetime.timedelta(hours=found[urgency]))}"
        for urgency in Urgency.values
    )
    return Box(
        f"When {plan.name} owes a decision",
        "",
        figures,
        sentences=(f"Counted from when it is sent. If you sent it now: {by}.",),
    )


def words(count: int) -> str:
    """Hours as people say them: whole days from four days on."""
    return f"{count // DAY} days" if count % DAY == 0 and count > 3 * DAY else f"{count} hours"


def moment(at: datetime.datetime) -> str:
    """A time of day with its date, as it stands in sentences."""
    return f"{at:%B} {at.day}, {at.year}, {at.hour % 12 or 12}:{at:%M %p}"
