"""Sums kept by the day give what the cases themselves give, whatever has happened since they were kept."""

from __future__ import annotations

import datetime
import random
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.determinations import actions as determinations
from pa_portal.determinations.models import Authorization
from pa_portal.reports import daily
from pa_portal.reports.figures import Figures, figures
from pa_portal.reports.filters import Filters
from pa_portal.reports.models import Changed, Day
from tests.records.making import in_state
from tests.reports import recount
from tests.reports.making import PATHWAYS, Made, at_random, write

NOW = datetime.datetime(2026, 6, 30, 16, 30, tzinfo=datetime.UTC)
ASKED = (
    Filters("submitted", datetime.date(2025, 6, 1), datetime.date(2026, 6, 30), now=NOW),
    Filters("submitted", datetime.date(2026, 5, 11), datetime.date(2026, 6, 1), {"urgency": "expedited"}, NOW),
    Filters("submitted", datetime.date(2025, 9, 1), datetime.date(2026, 6, 1), {"business": "medicaid"}, NOW),
    Filters("submitted", datetime.date(2025, 9, 1), datetime.date(2026, 6, 1), {"type": "renewal"}, NOW),
    Filters("decided", datetime.date(2026, 1, 1), datetime.date(2026, 3, 31), now=NOW),
    Filters("submitted", datetime.date(2026, 2, 1), datetime.date(2026, 2, 28), now=NOW),
    Filters("submitted", datetime.date(2025, 12, 31), datetime.date(2026, 3, 1), now=NOW),
    Filters("any", now=NOW),
    # Packed cases, alone and with days that have a mark.
    Filters("submitted", datetime.date(2025, 6, 1), datetime.date(2026, 6, 30), {"organization": "clinic"}, NOW),
    Filters("decided", datetime.date(2025, 9, 1), datetime.date(2026, 6, 1), {"reviewer": "reviewer"}, NOW),
    Filters("submitted", datetime.date(2025, 6, 1), datetime.date(2026, 6, 30), {"reviewer": "automatic"}, NOW),
    Filters("any", None, None, {"pathway": PATHWAYS[0], "urgency": "expedited", "business": "commercial"}, NOW),
    Filters("any", None, None, {"pathway": "none", "type": "initial", "organization": "clinic"}, NOW),
)


def same_as_counted_again(world: SimpleNamespace, made: list[Made]) -> None:
    """Each of the dashboards asked for says what plain Python makes of the requests, and the check is clean."""
    for user, side in ((world.manager, ("plan", "plan")), (world.clinic_manager, ("organization", "clinic"))):
        mine = [one for one in made if getattr(one, side[0]) == side[1]]
        for filters in ASKED:
            if user == world.manager or not filters.chosen.keys() & {"organization", "reviewer"}:
                same_under(user, filters, mine, world)
    assert daily.differences() == 0


def same_under(user: User, filters: Filters, mine: list[Made], world: SimpleNamespace) -> None:
    within = [one for one in mine if shown(one, filters)]
    found = figures(user, of_people(filters, world))
    assert found.counts == recount.counts(within)
    assert found.tables["units"] == ({"units": recount.units(within)},)
    assert sorted_by_key(found, "pathways") == recount.by(within, lambda one: one.pathways)
    for table, expected in (
        ("turnaround", recount.turnaround(within)),
        ("reviewers", recount.reviewers(within, world)),
    ):
        rows = found.rows(table)
        assert rows.keys() == expected.keys()
        assert all(rows[key] == pytest.approx(row) for key, row in expected.items())


def sorted_by_key(found: Figures, table: str) -> dict[str, dict[str, object]]:
    return dict(sorted(found.rows(table).items()))


def of_people(filters: Filters, world: SimpleNamespace) -> Filters:
    """The filters with this world's ids for names."""
    named = {name: getattr(world, filters.chosen.get(name, ""), None) for name in ("organization", "reviewer")}
    return filters.having(**{name: str(found.pk) for name, found in named.items() if found})


def shown(one: Made, filters: Filters) -> bool:
    moment = one.decided_at if filters.by == "decided" else one.submitted_at
    chosen = {
        "urgency": (one.urgency,),
        "business": (one.business,),
        "type": (one.request_type,),
        "organization": (one.organization,),
        "pathway": one.pathways or ("none",),
        "reviewer": ("automatic",) if one.automatic else (one.decided_by,) if one.decision else (),
    }
    if any(value not in chosen[name] for name, value in filters.chosen.items()):
        return False
    if filters.start is None or filters.end is None:
        return True
    return moment is not None and filters.start <= recount.local(moment) <= filters.end


@pytest.mark.parametrize("seed", [1, 2])
def test_right_to_the_row_after_writes_changes_and_corrections(world: SimpleNamespace, seed: int) -> None:
    dice = random.Random(seed)
    made = at_random(150, seed=seed, now=NOW)
    write(world, made)
    assert not Day.objects.exists()
    same_as_counted_again(world, made)
    assert daily.fold() > 100
    assert not Changed.objects.exists()
    same_as_counted_again(world, made)
    # More arrive, on days that were kept, and others are changed.
    later = at_random(60, seed=seed + 100, now=NOW)
    write(world, later)
    made += later
    same_as_counted_again(world, made)
    for one in dice.sample([one for one in made if one.authorization and not one.void], 20):
        assert one.authorization is not None
        one.void = True
        Authorization.objects.filter(pk=one.authorization.pk).update(status="void")
    same_as_counted_again(world, made)
    daily.fold()
    same_as_counted_again(world, made)
    assert daily.fold() == 0


def test_acts_of_people_show_at_once(world: SimpleNamespace) -> None:
    today = timezone.localdate()
    filters = Filters("submitted", today, today)
    request = in_state(world, "submitted")
    daily.fold()
    assert figures(world.manager, filters).counts["open"] == 1
    determinations.pend(
        by=world.reviewer,
        request_id=request.pk,
        version=request.version,
        information_needed="The report",
        respond_by=today + datetime.timedelta(days=5),
    )
    counts = figures(world.manager, filters).counts
    assert (counts["received"], counts["open"], counts["asked"]) == (1, 1, 1)
    request.refresh_from_db()
    determinations.withdraw(by=world.prescriber, request_id=request.pk, version=request.version)
    assert figures(world.manager, filters).counts["withdrawn"] == 1
    daily.fold()
    assert figures(world.manager, filters).counts["withdrawn"] == 1
    assert daily.differences() == 0


def test_a_dashboard_of_kept_days_reads_no_case(world: SimpleNamespace) -> None:
    write(world, at_random(80, seed=5, now=NOW))
    daily.fold()
    with CaptureQueriesContext(connection) as queries:
        figures(world.manager, ASKED[0])
    (statement,) = (query["sql"] for query in queries.captured_queries if query["sql"].startswith("SELECT r.facet"))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {statement}")
        plan = [line for (line,) in cursor.fetchall() if " on reports_case " in line]
    assert plan
    assert all("never executed" in line or "rows=0.00" in line.rpartition("actual")[2] for line in plan), plan


def test_what_went_wrong_is_found_and_put_right(world: SimpleNamespace) -> None:
    in_state(world, "approved")
    call_command("cases", "fold")
    call_command("cases", "check")
    Day.objects.filter(facet="").update(received=7)
    with pytest.raises(CommandError, match="sums"):
        call_command("cases", "check")
    call_command("cases", "refresh")
    assert daily.differences() == 0


def test_another_statement_makes_every_day_change(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    in_state(world, "approved")
    daily.fold()
    daily.install()
    assert not Changed.objects.exists()
    monkeypatch.setattr(daily, "digest", lambda: "0" * 64)
    daily.install()
    assert Changed.objects.count() == 2
