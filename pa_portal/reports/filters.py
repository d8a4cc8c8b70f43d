"""What a report may be narrowed by, as data: each filter's values, and the condition that each puts on a row of cases.

A figure on the dashboard is a count under some filters, and its list is the page under the same ones.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.reports.cases import Sql
from pa_portal.submissions.models import LineOfBusiness, RequestType, State, Urgency

NO_PATHWAY = "none"
NOBODY = "nobody"
DUE_DAYS = 45
LAPSED_DAYS = 90

# A time when requests are open, and when their authorization is in force but not yet renewed.
_OPEN = "c.state IN ('submitted', 'pended')"
_NOT_RENEWED = "c.authorization_status = 'active' AND c.renewal_approved IS NOT TRUE"
_DUE = (
    f"{_NOT_RENEWED} AND c.start <= %(today)s::date AND c.valid_through >= %(today)s::date "
    f"AND c.renewal_date <= %(today)s::date + {DUE_DAYS}"
)
# Who a decision that is owed is assigned to.
_ASSIGNED = (
    "EXISTS (SELECT FROM determinations_task t "
    "WHERE t.request_id = c.id AND t.stage = 'request' AND t.stopped_at IS NULL AND {})"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a filter. ``sql`` is its condition on a row ``c``; "" leaves that to the filter."""

    value: str
    label: str
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. ``sql`` is the condition for a value without its own, which stands there as a parameter.

    ``offered``: the form shows it; the others are reached by following a figure. ``plan_only``: for a plan's manager.
    ``choices`` lacks those that depend on the reader; see ``queries.options``.
    """

    name: str
    label: str
    sql: str = ""
    choices: tuple[Choice, ...] = ()
    offered: bool = False
    plan_only: bool = False


def _days(value: str, label: str, least: int, below: int | None) -> Choice:
    older = f"AND c.submitted_at > %(now)s - interval '{below} days'" if below is not None else ""
    return Choice(value, label, f"{_OPEN} AND c.submitted_at <= %(now)s - interval '{least} days' {older}")


def _took(value: str, label: str, over: int, most: int) -> Choice:
    return Choice(value, label, f"c.took_days > {over} AND c.took_days <= {most}")


AGES: Final = (
    _days("0-2", "Less than 3 days", 0, 3),
    _days("3-6", "3 to 6 days", 3, 7),
    _days("7-13", "7 to 13 days", 7, 14),
    _days("14-29", "14 to 29 days", 14, 30),
    _days("30", "30 days or more", 30, None),
)
# Days begun: ``took_days`` is rounded up, and counts no further than 15. The most days of each but the last:
TOOK_MOST: Final = (1, 3, 7, 14)
TOOK: Final = (
    Choice("1", "Up to 1 day", "c.took_days <= 1"),
    *(_took(str(most), f"Over {over}, up to {most} days", over, most) for over, most in itertools.pairwise(TOOK_MOST)),
    Choice("more", "Over 14 days", "c.took_days > 14"),
)
# What the published measures count, by the first decision: less than was asked is denied in part.
_FULL = "c.first_decision = 'approved' AND c.first_modified IS NOT TRUE"
_ADVERSE = "(c.first_decision = 'denied' OR c.first_modified)"
PUBLISHED: Final = (
    Choice("full", "Approved in full at first", _FULL),
    Choice("adverse", "Denied in full or in part at first", _ADVERSE),
    Choice("adverse_appealed", "Denied at first, and appealed", f"{_ADVERSE} AND c.appeal_outcome IS NOT NULL"),
    Choice(
        "after_appeal",
        "Approved in full after an appeal",
        f"{_ADVERSE} AND c.appeal_outcome = 'overturned' AND c.decision = 'approved' AND c.modified IS NOT TRUE",
    ),
    Choice("extended", "Decided, with the time extended", "c.first_decision IS NOT NULL AND c.extended_hours > 0"),
    Choice("extended_full", "Time extended, then approved in full", f"{_FULL} AND c.extended_hours > 0"),
)
OUTCOMES: Final = (
    Choice("meets", "Meets the criteria"),
    Choice("does_not_meet", "Does not meet the criteria"),
    Choice("insufficient_information", "Insufficient information"),
)
STATES: Final = tuple(Choice(state.value, str(state.label)) for state in State if state != State.DRAFT)


def _choices(values: Iterable[tuple[str, Any]]) -> tuple[Choice, ...]:
    return tuple(Choice(value, str(label)) for value, label in values)


FILTERS: Final = (
    Filter(
        "business",
        "Line of business",
        "c.line_of_business = %(business)s",
        _choices(LineOfBusiness.choices),
        offered=True,
    ),
    Filter("organization", "Organization", "c.organization_id = %(organization)s::uuid", offered=True, plan_only=True),
    Filter("pathway", "Pathway", "%(pathway)s = ANY(c.pathways)", offered=True),
    Filter("urgency", "Urgency", "c.urgency = %(urgency)s", _choices(Urgency.choices), offered=True),
    Filter("type", "Type", "c.request_type = %(type)s", _choices(RequestType.choices), offered=True),
    Filter(
        "state",
        "State",
        "c.state = %(state)s",
        (
            *STATES,
            Choice("open", "Open: submitted, or information requested", _OPEN),
            Choice("decided", "Decided: approved or denied", "c.first_decision IS NOT NULL"),
        ),
        offered=True,
    ),
    Filter(
        "reviewer",
        "Decided by",
        "c.decided_by_id = %(reviewer)s::uuid",
        (Choice("automatic", "Automatic review", "c.automatic"),),
        offered=True,
        plan_only=True,
    ),
    Filter(
        "assignee",
        "Assigned to",
        _ASSIGNED.format("t.assignee_id = %(assignee)s::uuid"),
        (Choice(NOBODY, "Nobody yet", f"NOT {_ASSIGNED.format('t.assignee_id IS NOT NULL')}"),),
        plan_only=True,
    ),
    Filter("outcome", "Engine outcome", "c.outcome = %(outcome)s", OUTCOMES),
    Filter("reason", "Denial reason", "c.first_decision = 'denied' AND %(reason)s = ANY(c.reasons)"),
    Filter("policy", "Policy version", "c.policy_id || ' ' || c.policy_version = %(policy)s"),
    Filter("age", "Waiting for", choices=AGES),
    Filter("took", "Decided within", choices=TOOK),
    Filter(
        "clock",
        "Time limit",
        choices=(
            Choice("on_time", "Decided on time", "c.on_time"),
            Choice("late", "Decided late", "NOT c.on_time"),
            Choice("overdue", "Open, past the time limit", f"{_OPEN} AND c.due_at < %(now)s"),
            Choice("extended", "Extended", "c.extended_hours > 0"),
        ),
    ),
    Filter(
        "first",
        "First decision",
        "c.first_decision = %(first)s",
        (Choice("approved", "Approved"), Choice("denied", "Denied")),
    ),
    Filter(
        "appeal",
        "Appeal",
        choices=(
            Choice("any", "Appealed", "c.appeal_outcome IS NOT NULL"),
            Choice("open", "Open", "c.appeal_outcome = 'open'"),
            Choice("overturned", "Decision changed", "c.appeal_outcome = 'overturned'"),
            Choice("upheld", "Decision kept", "c.appeal_outcome = 'upheld'"),
            Choice("withdrawn", "Withdrawn", "c.appeal_outcome = 'withdrawn'"),
        ),
    ),
    Filter("published", "Published measure", choices=PUBLISHED),
    Filter("automatic", "Automatic approval", choices=(Choice("yes", "Yes", "c.automatic"),)),
    Filter("modified", "Approved for less than asked", choices=(Choice("yes", "Yes", "c.modified"),)),
    Filter(
        "asked",
        "Information",
        choices=(Choice("yes", "Asked for at least once", "c.information_requests > 0"),),
    ),
    Filter(
        "recommendation",
        "Recommendation",
        choices=(Choice("against", "Decided against it", "c.against_recommendation"),),
    ),
    Filter(
        "renewal",
        "Renewal",
        choices=(
            Choice("due", f"Due within {DUE_DAYS} days", _DUE),
            Choice("requested", "Due, and requested", f"{_DUE} AND c.renewal_requested"),
            Choice(
                "lapsed",
                f"Lapsed in the last {LAPSED_DAYS} days",
                f"{_NOT_RENEWED} AND c.valid_through < %(today)s::date "
                f"AND c.valid_through >= %(today)s::date - {LAPSED_DAYS}",
            ),
        ),
    ),
    Filter(
        "authorized",
        "Authorization",
        choices=(Choice("active", "Active", "c.authorization_status = 'active'"),),
    ),
)
BY_NAME: Final = {one.name: one for one in FILTERS}

# The overview has figures of every state, so that it cannot be narrowed to one.
OVERVIEW: Final = ("business", "organization", "pathway", "urgency", "type", "reviewer")

SUBMITTED, DECIDED, ANY = "submitted", "decided", "any"
# The day on which a row of an export was itself made; see exports.datasets.
MADE = "made"
BASES: Final = ((SUBMITTED, "Submitted"), (DECIDED, "Decided"), (ANY, "Submitted at any time"))
_MOMENT = {SUBMITTED: "c.submitted_at", DECIDED: "c.decided_at"}
_DAY = {SUBMITTED: "c.submitted_on", DECIDED: "c.decided_on", ANY: "c.submitted_on"}

Options = Mapping[str, tuple[Choice, ...]]


def filters_for(user: User) -> tuple[Filter, ...]:
    """Return the filters this manager has: an organization's own manager chooses no organization and no reviewer."""
    return tuple(one for one in FILTERS if not one.plan_only or is_plan(user))


def is_plan(user: User) -> bool:
    """Whether this manager belongs to a health plan, and not to a provider organization."""
    return user.organization.kind == user.organization.Kind.PLAN


def condition(name: str, value: str) -> str:
    """Return the condition that a filter puts on a row ``c`` for this value."""
    one = BY_NAME[name]
    if name == "pathway" and value == NO_PATHWAY:
        return "c.pathways = '{}'"
    return next((choice.sql for choice in one.choices if choice.value == value and choice.sql), one.sql)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a report is narrowed to.

    ``by`` says which day counts: of the submission, of the decision, or none; ``start`` and ``end`` are local days,
    both included, and None only for ``any``. ``chosen`` maps filters' names to values that were checked.
    ``now`` is the moment from which ages count.
    """

    by: str = ANY
    start: datetime.date | None = None
    end: datetime.date | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)
    now: datetime.datetime = field(default_factory=timezone.now)

    def having(self, **chosen: str) -> Filters:
        """Return these filters and others. A value "" takes one away."""
        merged = {**self.chosen, **chosen}
        return replace(self, chosen={name: value for name, value in merged.items() if value})

    def only(self, names: Iterable[str]) -> Filters:
        """Return these filters without those that are not among ``names``."""
        return replace(self, chosen={name: self.chosen[name] for name in names if name in self.chosen})

    def undated(self) -> Filters:
        """Return these filters for requests of any day."""
        return replace(self, by=ANY, start=None, end=None)

    def between(self, start: datetime.date, end: datetime.date) -> Filters:
        """Return these filters for other days."""
        return replace(self, start=start, end=end)

    @property
    def day(self) -> str:
        """The SQL of the day that counts, from a row ``c``."""
        return _DAY[self.by]

    def where(self) -> Sql:
        """Return the condition on a row ``c``, for use after WHERE."""
        conditions, params = ["true"], dict(self.params)
        if self.start is not None and self.end is not None:
            moment = _MOMENT[self.by]
            conditions += [f"{moment} >= %(start)s", f"{moment} < %(end)s"]
            params |= {"start": _midnight(self.start), "end": _midnight(self.end + datetime.timedelta(days=1))}
        for name, value in self.chosen.items():
            conditions.append(f"({condition(name, value)})")
            params[name] = value
        return Sql(" AND ".join(conditions), params)

    @property
    def params(self) -> Mapping[str, Any]:
        """What any condition may refer to besides its own value."""
        return {"now": self.now, "today": timezone.localdate(self.now)}

    def pairs(self) -> list[tuple[str, str]]:
        """Return the filters as the names and values of an address's query: dates, codes and random ids."""
        pairs = [("by", self.by)] if self.by != SUBMITTED else []
        if self.start is not None and self.end is not None:
            pairs += [("from", self.start.isoformat()), ("to", self.end.isoformat())]
        return pairs + [(one.name, self.chosen[one.name]) for one in FILTERS if one.name in self.chosen]

    def query(self) -> str:
        """Return the filters as a query string, without the question mark."""
        return urlencode(self.pairs())


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
