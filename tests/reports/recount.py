"""The figures once more, in plain Python over the requests that a test has made."""

from __future__ import annotations

import datetime
import statistics
from collections import Counter
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from tests.reports.making import DOSES, UNITS, Made

Test = Callable[[Made], bool]
# Days over which, and up to which, a turnaround counts.
TOOK_EDGES = (("1", -1, 1), ("3", 1, 3), ("7", 3, 7), ("14", 7, 14), ("more", 14, 10**6))


def local(moment: datetime.datetime) -> datetime.date:
    return timezone.localdate(moment)


def ninetieth(values: Iterable[float]) -> float:
    """The 90th percentile, with linear interpolation between the nearest two."""
    found = sorted(values)
    at = 0.9 * (len(found) - 1)
    low = int(at)
    return found[low] + (at - low) * (found[min(low + 1, len(found) - 1)] - found[low])


def against(one: Made) -> bool:
    recommended = one.outcome == "meets" and one.covered and one.within_limit
    return bool(one.first) and (one.first == "approved") != recommended


def adverse(one: Made) -> bool:
    """Denied at first, in full or in part."""
    return one.first == "denied" or one.modified


def counts(made: list[Made]) -> dict[str, int]:
    """The counts of the days chosen, of requests that all lie within them."""
    tests: dict[str, Test] = {
        "received": lambda one: True,
        "decided": lambda one: bool(one.decision),
        "approved": lambda one: one.state == "approved",
        "denied": lambda one: one.state == "denied",
        "open": lambda one: one.open,
        "asked": lambda one: bool(one.pended_at),
        "against": against,
        "on_time": lambda one: one.hours is not None and one.hours <= one.limit,
        "late": lambda one: one.hours is not None and one.hours > one.limit,
        "authorized": lambda one: one.state == "approved" and not one.void,
        "first_denied": lambda one: one.first == "denied",
        "modified": lambda one: one.modified,
        "automatic": lambda one: one.automatic,
        "appealed": lambda one: bool(one.appeal),
        "appeal_open": lambda one: one.appeal == "open",
        "overturned": lambda one: one.appeal == "overturned",
        "upheld": lambda one: one.appeal == "upheld",
        "withdrawn": lambda one: one.state == "withdrawn",
        "full": lambda one: one.first == "approved" and not one.modified,
        "adverse": adverse,
        "adverse_appealed": lambda one: adverse(one) and bool(one.appeal),
        "after_appeal": lambda one: adverse(one) and one.appeal == "overturned",
        "extended": lambda one: bool(one.first) and one.extended > 0,
        "extended_full": lambda one: one.first == "approved" and not one.modified and one.extended > 0,
    }
    for name, kind in (
        ("renewals", lambda one: one.request_type == "renewal"),
        ("no_pathway", lambda one: one.request_type == "initial" and not one.pathways),
    ):
        tests[name] = kind
        for state in ("approved", "denied"):
            tests[f"{name}_{state}"] = lambda one, kind=kind, state=state: kind(one) and one.state == state  # type: ignore[misc]
    for name, over, most in TOOK_EDGES:
        tests[f"took_{name}"] = lambda one, over=over, most=most: (  # type: ignore[misc]
            one.hours is not None and 24 * over < one.hours <= 24 * most
        )
    for state in ("submitted", "pended", "approved", "denied", "withdrawn"):
        for outcome in ("meets", "does_not_meet", "insufficient_information"):
            tests[f"{state}_{outcome}"] = lambda one, state=state, outcome=outcome: (  # type: ignore[misc]
                (one.state, one.outcome) == (state, outcome)
            )
    return {name: sum(map(test, made)) for name, test in tests.items()}


def standing(made: list[Made], now: datetime.datetime) -> dict[str, int]:
    """The counts of today."""
    today = local(now)
    approved_renewals = {id(one.renews) for one in made if one.renews and one.state == "approved"}
    open_renewals = {id(one.renews) for one in made if one.renews and one.open}
    live = [one for one in made if one.authorization and not one.void and id(one) not in approved_renewals]
    due = [
        one
        for one in live
        if one.authorization.start <= today <= one.authorization.valid_through
        and one.authorization.renewal_date <= today + datetime.timedelta(days=45)
    ]
    ended = today - datetime.timedelta(days=90)
    found = Counter(
        {
            "due": len(due),
            "due_requested": sum(id(one) in open_renewals for one in due),
            "lapsed": sum(ended <= one.authorization.valid_through < today for one in live),
        }
    )
    for one in made:
        if not one.open:
            continue
        age = now - one.submitted_at
        bucket = next(
            name
            for name, below in (("0-2", 3), ("3-6", 7), ("7-13", 14), ("14-29", 30), ("30", 10**5))
            if age < datetime.timedelta(days=below)
        )
        late = age > datetime.timedelta(hours=one.limit)
        for name in (bucket, "open", *(["overdue"] if late else [])):
            found[name] += 1
            found[f"{one.urgency}_{name}"] += 1
    return found


def turnaround(made: list[Made]) -> dict[str, dict[str, Any]]:
    rows = {}
    for urgency in ("standard", "expedited"):
        decided = [one for one in made if one.hours is not None and one.urgency == urgency]
        hours = [one.hours for one in decided if one.hours is not None]
        if hours:
            rows[urgency] = {
                "key": urgency,
                "decided": len(hours),
                "mean": statistics.fmean(hours),
                "median": statistics.median(hours),
                "ninetieth": ninetieth(hours),
                "on_time": sum(
                    one.hours <= one.limit for one in made if one.hours is not None and one.urgency == urgency
                ),
            }
    return rows


def took(made: list[Made]) -> dict[str, dict[str, Any]]:
    """How many turnarounds of each urgency lie between the edges."""
    rows: dict[str, dict[str, Any]] = {}
    for one in made:
        if one.hours is not None:
            row = rows.setdefault(one.urgency, {"key": one.urgency, **{name: 0 for name, _, _ in TOOK_EDGES}})
            row[next(name for name, over, most in TOOK_EDGES if 24 * over < one.hours <= 24 * most)] += 1
    return rows


def by(made: list[Made], keys: Callable[[Made], Iterable[str]]) -> dict[str, dict[str, Any]]:
    """Received, approved and denied under each key."""
    rows: dict[str, dict[str, Any]] = {}
    for one in made:
        for key in keys(one):
            row = rows.setdefault(key, {"key": key, "received": 0, "approved": 0, "denied": 0})
            row["received"] += 1
            if one.decision:
                row[one.state] += 1
    return rows


def days(made: list[Made], basis: str) -> list[dict[str, Any]]:
    """How many there are of each day, and how they stand."""
    found: dict[str, Counter[str]] = {}
    for one in made:
        moment = one.submitted_at if basis == "submitted" else one.decided_at
        assert moment is not None
        counts = found.setdefault(local(moment).isoformat(), Counter())
        counts.update(("received", "open" if one.open else one.state))
    names = ("received", "approved", "denied", "open", "withdrawn")
    return [{"key": day, **{name: counts[name] for name in names}} for day, counts in sorted(found.items())]


def reviewers(made: list[Made], world: SimpleNamespace) -> dict[str, dict[str, Any]]:
    rows = {}
    for name in ("reviewer", "second_reviewer"):
        own = [one for one in made if one.decision and one.decided_by == name]
        hours = [one.hours for one in own if one.hours is not None]
        if own:
            key = str(getattr(world, name).pk)
            rows[key] = {
                "key": key,
                "decided": len(own),
                "approved": sum(one.first == "approved" for one in own),
                "denied": sum(one.first == "denied" for one in own),
                "against": sum(map(against, own)),
                "late": sum(one.hours > one.limit for one in own if one.hours is not None),
                "median": statistics.median(hours),
            }
    return rows


def units(made: list[Made]) -> int:
    return DOSES * UNITS * sum(one.state == "approved" and not one.void for one in made)
