"""The figures of eleven requests that can be counted on paper."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from pa_portal.reports.figures import figures, standing
from pa_portal.reports.filters import Filters
from tests.reports.making import UNITS, Made, write

ZONE = ZoneInfo("America/New_York")
NOW = datetime.datetime(2026, 6, 30, 12, tzinfo=ZONE)
MAY = (datetime.date(2026, 5, 1), datetime.date(2026, 5, 31))


def at(month: int, day: int, hour: int = 12, minute: int = 0) -> datetime.datetime:
    return datetime.datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def may() -> list[Made]:
    """Nine requests of May, one of the last minute of April and one of the first of June."""
    first = Made(at(5, 1, 0, 0), "approved", decided_at=at(5, 3, 0, 0), start=datetime.date(2026, 1, 5))
    return [
        # 48 hours; authorized up to 4 July, and so due for renewal on the 5th
        first,
        Made(at(5, 4), "approved", decided_at=at(5, 14), pathways=("hr_positive_first_line", "tnbc_first_line")),  # 240
        Made(
            at(5, 5), "denied", decided_at=at(5, 8), outcome="does_not_meet", pathways=(), reasons=("first_line",)
        ),  # 72
        Made(
            at(5, 6),
            "denied",
            urgency="expedited",
            decided_at=at(5, 7),
            decided_by="second_reviewer",
            reasons=("first_line", "her2_negative"),
            pended_at=(at(5, 6, 18),),
        ),  # 24; against the recommendation
        Made(
            at(5, 7), "approved", urgency="expedited", business="medicare", decided_at=at(5, 8, 18), covered=False
        ),  # 30
        Made(at(5, 8), "submitted", outcome="insufficient_information", pathways=()),
        Made(at(5, 9), "pended", pended_at=(at(5, 10),)),
        Made(at(5, 20), "withdrawn"),
        Made(at(5, 31, 23, 59), "submitted", request_type="renewal", pathways=(), renews=first),
        Made(at(4, 30, 23, 59), "approved", decided_at=at(5, 1), start=datetime.date(2025, 12, 1), void=True),
        Made(at(6, 1, 0, 0), "approved", decided_at=at(6, 2), start=datetime.date(2025, 12, 1)),
    ]


@pytest.fixture
def found(world: SimpleNamespace) -> SimpleNamespace:
    write(world, may())
    by_day = Filters("submitted", *MAY, now=NOW)
    return SimpleNamespace(
        may=figures(world.manager, by_day),
        decided_in_may=figures(world.manager, Filters("decided", *MAY, now=NOW)),
        today=standing(world.manager, by_day),
        world=world,
    )


def test_counts_of_the_days_chosen(found: SimpleNamespace) -> None:
    counts = found.may.counts
    assert {name: count for name, count in counts.items() if count and "_" not in name} == {
        "received": 9,
        "decided": 5,
        "approved": 3,
        "denied": 2,
        "open": 3,
        "asked": 2,
        "against": 2,
        "late": 2,
        "authorized": 3,
        "renewals": 1,
        "withdrawn": 1,
        "full": 3,
        "adverse": 2,
    }
    assert counts["on_time"] == 3
    assert counts["no_pathway"] == 2
    assert counts["no_pathway_denied"] == 1
    assert [counts[f"took_{name}"] for name in ("1", "3", "7", "14", "more")] == [1, 3, 0, 1, 0]


def test_a_request_belongs_to_the_local_day_of_its_submission(found: SimpleNamespace) -> None:
    days = found.may.rows("days")
    assert days["2026-05-01"]["approved"] == 1
    assert days["2026-05-31"]["open"] == 1
    assert (min(days), max(days)) == ("2026-05-01", "2026-05-31")


def test_states_against_outcomes(found: SimpleNamespace) -> None:
    shown = {name: count for name, count in found.may.counts.items() if count and name.split("_")[0] in STATES}
    assert {name: count for name, count in shown.items() if name not in STATES} == {
        "submitted_meets": 1,
        "submitted_insufficient_information": 1,
        "pended_meets": 1,
        "approved_meets": 3,
        "denied_meets": 1,
        "denied_does_not_meet": 1,
        "withdrawn_meets": 1,
    }


STATES = ("submitted", "pended", "approved", "denied", "withdrawn")


def test_turnaround(found: SimpleNamespace) -> None:
    standard, expedited = (found.may.rows("turnaround")[urgency] for urgency in ("standard", "expedited"))
    assert found.may.rows("took") == {
        "expedited": {"key": "expedited", "1": 1, "3": 1, "7": 0, "14": 0, "more": 0},
        "standard": {"key": "standard", "1": 0, "3": 2, "7": 0, "14": 1, "more": 0},
    }
    # 48, 72 and 240 hours; the 90th percentile lies eight tenths of the way from 72 to 240.
    assert standard == pytest.approx(
        {"key": "standard", "decided": 3, "mean": 120, "median": 72, "ninetieth": 206.4, "on_time": 2}
    )
    # 24 hours within 72, and 30 hours past Medicare's 24.
    assert expedited == pytest.approx(
        {"key": "expedited", "decided": 2, "mean": 27, "median": 27, "ninetieth": 29.4, "on_time": 1}
    )


def test_tables(found: SimpleNamespace) -> None:
    assert found.may.rows("pathways") == {
        "tnbc_first_line": {"key": "tnbc_first_line", "received": 6, "approved": 3, "denied": 1},
        "hr_positive_first_line": {"key": "hr_positive_first_line", "received": 1, "approved": 1, "denied": 0},
    }
    assert {key: row["denied"] for key, row in found.may.rows("reasons").items()} == {
        "first_line": 2,
        "her2_negative": 1,
    }
    reviewers = found.may.rows("reviewers")
    assert reviewers[str(found.world.reviewer.pk)] == pytest.approx(
        {
            "key": str(found.world.reviewer.pk),
            "decided": 4,
            "approved": 3,
            "denied": 1,
            "against": 1,
            "late": 2,
            "median": 60,
        }
    )
    assert reviewers[str(found.world.second_reviewer.pk)]["against"] == 1
    assert found.may.rows("policies")["IC-0072 2025-09-04"]["received"] == 9
    assert found.may.rows("organizations")[str(found.world.clinic.pk)]["received"] == 9


def test_units_are_those_of_active_authorizations(found: SimpleNamespace) -> None:
    assert found.may.tables["units"] == ({"units": 3 * 9 * UNITS},)


def test_days_of_the_decision(found: SimpleNamespace) -> None:
    counts = found.decided_in_may.counts
    # The five decided ones of May, and the one of the last minute of April.
    assert (counts["received"], counts["decided"], counts["authorized"]) == (6, 6, 3)


def test_today(found: SimpleNamespace) -> None:
    shown = {name: count for name, count in found.today.counts.items() if count}
    assert shown == {
        "open": 3,
        "overdue": 3,
        "standard_open": 3,
        "standard_overdue": 3,
        # 29 days and 12 hours; 52 and 53 days.
        "14-29": 1,
        "standard_14-29": 1,
        "30": 2,
        "standard_30": 2,
        "due": 1,
        "due_requested": 1,
        "lapsed": 1,
    }


def test_nothing_at_all(world: SimpleNamespace) -> None:
    filters = Filters("submitted", *MAY, now=NOW)
    found = figures(world.manager, filters)
    assert set(found.counts.values()) == {0}
    assert found.tables["turnaround"] == ()
    assert set(standing(world.manager, filters).counts.values()) == {0}


def test_the_zone_is_the_portals() -> None:
    assert timezone.get_default_timezone_name() == "America/New_York"
