"""The figures of hundreds of made-up requests, against the same figures worked out in plain Python."""

from __future__ import annotations

import datetime
from types import SimpleNamespace

import pytest

from pa_portal.reports.figures import figures, standing
from pa_portal.reports.filters import Filters
from tests.reports import recount
from tests.reports.making import Made, at_random, write

NOW = datetime.datetime(2026, 6, 30, 16, 30, tzinfo=datetime.UTC)


def seen_by(manager: str, made: list[Made]) -> list[Made]:
    """The requests a manager may see: the plan's own, or the clinic's own."""
    if manager == "manager":
        return [one for one in made if one.plan == "plan"]
    return [one for one in made if one.organization == "clinic"]


@pytest.mark.parametrize("manager", ["manager", "clinic_manager"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_figures(world: SimpleNamespace, manager: str, seed: int) -> None:
    made = at_random(400, seed=seed, now=NOW)
    write(world, made)
    user = getattr(world, manager)
    mine = seen_by(manager, made)
    for by, start, end in (
        ("submitted", datetime.date(2025, 1, 1), datetime.date(2026, 6, 30)),
        ("submitted", datetime.date(2026, 3, 9), datetime.date(2026, 6, 1)),
        ("decided", datetime.date(2026, 3, 1), datetime.date(2026, 3, 31)),
    ):
        moments = [(one, one.submitted_at if by == "submitted" else one.decided_at) for one in mine]
        within = [one for one, moment in moments if moment and start <= recount.local(moment) <= end]
        assert len(within) > 10
        found = figures(user, Filters(by, start, end, now=NOW))
        assert found.counts == recount.counts(within)
        assert found.tables["units"] == ({"units": recount.units(within)},)
        assert found.rows("pathways") == recount.by(within, lambda one: one.pathways)
        assert found.rows("organizations") == recount.by(within, lambda one: [str(getattr(world, one.organization).pk)])
        assert found.rows("took") == recount.took(within)
        denials = [one for one in within if one.first == "denied"]
        reasons = recount.by(denials, lambda one: one.reasons)
        assert {key: row["denied"] for key, row in found.rows("reasons").items()} == {
            key: row["received"] for key, row in reasons.items()
        }
        for table, expected in (
            ("turnaround", recount.turnaround(within)),
            ("reviewers", recount.reviewers(within, world)),
        ):
            assert found.rows(table).keys() == expected.keys()
            for key, row in expected.items():
                assert found.rows(table)[key] == pytest.approx(row)
        assert list(found.tables["days"]) == recount.days(within, by)


@pytest.mark.parametrize("manager", ["manager", "clinic_manager"])
@pytest.mark.parametrize("seed", [11, 12])
def test_figures_of_today(world: SimpleNamespace, manager: str, seed: int) -> None:
    made = at_random(500, seed=seed, now=NOW)
    write(world, made)
    found = standing(getattr(world, manager), Filters(now=NOW)).counts
    assert found == {**dict.fromkeys(found, 0), **recount.standing(seen_by(manager, made), NOW)}
    assert all(found[name] for name in ("open", "overdue", "due", "lapsed"))
