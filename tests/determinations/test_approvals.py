"""Approving as asked, or less; a renewal in time; voiding what was approved in error, and approving it again."""

from __future__ import annotations

import datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from pa_portal.demo import cases
from pa_portal.determinations import actions, queries
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import blocks
from pa_portal.determinations.models import Authorization, AuthorizationVoid, Determination, Letter
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.errors import NotAllowed
from tests.determinations.making import authorization_of, in_situation, on
from tests.records.making import day, in_state, submitted

WHY = "The liver tests are to be seen again."


def told_in(letter: Letter) -> str:
    return " ".join(blocks.texts(letter.content["blocks"]))


def long_date(day: datetime.date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


@pytest.mark.parametrize(
    ("less", "doses", "units", "dose_mg"),
    [
        ({"doses": 4}, 4, 75, "70.4"),
        ({"units_per_dose": 60}, 9, 60, "60"),
        ({"valid_through": day(7 + 41)}, 2, 75, "70.4"),
        ({"valid_through": day(7 + 42)}, 3, 75, "70.4"),
        ({"valid_through": day(7)}, 1, 75, "70.4"),
        ({"valid_through": day(7 + 62), "doses": 2, "units_per_dose": 1}, 2, 1, "1"),
    ],
)
def test_less_than_was_asked(world: SimpleNamespace, less, doses: int, units: int, dose_mg: str) -> None:
    request = submitted(world)
    determination = actions.approve(**on(request, world.reviewer), **less, modification_reason=WHY)
    authorization = authorization_of(request)
    assert (authorization.doses, authorization.units_per_dose, authorization.dose_mg) == (
        doses,
        units,
        Decimal(dose_mg),
    )
    assert authorization.total_units == doses * units
    assert authorization.valid_through == less.get("valid_through", authorization.valid_through)
    assert authorization.renewal_date == authorization.valid_through + datetime.timedelta(days=1)
    assert determination.modified
    assert determination.terms["asked"]["doses"] == 9
    assert determination.terms["approved"]["doses"] == doses
    letter = Letter.objects.get()
    assert letter.kind == "modified_approval"
    assert WHY in told_in(letter)
    assert determination.appeal_by == timezone.localdate() + datetime.timedelta(days=180)
    assert long_date(determination.appeal_by) in told_in(letter)


@pytest.mark.parametrize(
    ("given", "at_fault"),
    [
        ({"doses": 4}, {"modification_reason"}),
        ({"doses": 4, "modification_reason": " "}, {"modification_reason"}),
        ({"doses": 10, "modification_reason": WHY}, {"doses"}),
        ({"doses": 0, "modification_reason": WHY}, {"doses"}),
        ({"doses": True, "modification_reason": WHY}, {"doses"}),
        ({"doses": "4", "modification_reason": WHY}, {"doses"}),
        ({"units_per_dose": 76, "modification_reason": WHY}, {"units_per_dose"}),
        ({"units_per_dose": 10**30, "doses": -1, "modification_reason": WHY}, {"units_per_dose", "doses"}),
        ({"valid_through": day(6), "modification_reason": WHY}, {"valid_through"}),
        ({"valid_through": day(400), "modification_reason": WHY}, {"valid_through"}),
        ({"valid_through": "soon", "modification_reason": WHY}, {"valid_through"}),
        ({"modification_reason": WHY}, {"modification_reason"}),
        ({"modification_reason": "a\x00", "doses": 4}, {"modification_reason"}),
        ({"modification_reason": "x" * 2001, "doses": 4}, {"modification_reason"}),
    ],
)
def test_changes_that_cannot_be(world: SimpleNamespace, given, at_fault: set[str]) -> None:
    request = submitted(world)
    with pytest.raises(ValidationError) as told:
        actions.approve(**on(request, world.reviewer), start=day(7), **given)
    assert set(told.value.message_dict) == at_fault
    assert not Determination.objects.exists()


def test_the_whole_is_no_change(world: SimpleNamespace) -> None:
    request = submitted(world)
    determination = actions.approve(**on(request, world.reviewer), start=day(7), doses=9, units_per_dose=75)
    assert not determination.modified
    assert determination.appeal_by is None
    assert Letter.objects.get().kind == "approval"


def test_another_start_is_told_as_a_change_when_a_reason_is_given(world: SimpleNamespace) -> None:
    determination = actions.approve(**on(submitted(world), world.reviewer), start=day(20), modification_reason=WHY)
    assert determination.modified
    text = told_in(Letter.objects.get())
    assert f"You asked for {long_date(day(7))}. We approved {long_date(day(20))}." in text
    assert actions.approve(**on(submitted(world), world.reviewer), start=day(20)).modified is False


# Renewals


def renewal(world: SimpleNamespace, start: datetime.date) -> tuple[Authorization, object]:
    request = submitted(world)
    actions.approve(**on(request, world.reviewer), start=start)
    earlier = authorization_of(request)
    request = actions.start_renewal(by=world.staff, authorization_id=earlier.pk)
    submissions.save_answers(**on(request, world.prescriber), answers=cases.RENEWAL)
    submissions.save_treatment(**on(request, world.prescriber), data={"requested_start_date": day(40)})
    submissions.submit(**on(request, world.prescriber))
    return earlier, request


def test_a_renewal_in_time_goes_on_without_a_gap(world: SimpleNamespace) -> None:
    earlier, request = renewal(world, day(-150))
    actions.approve(**on(request, world.reviewer))
    latest = authorization_of(request)
    assert latest.start == earlier.renewal_date == earlier.valid_through + datetime.timedelta(days=1)
    assert (earlier.standing(), latest.standing()) == ("active", "active")
    letter = Letter.objects.get(determination=latest.determination)
    assert letter.kind == "renewal_approval"
    policy = queries.case_of(request).policy
    shown = list(blocks.texts(letter.content["blocks"]))
    assert all(f"{node.label}." in shown for node in policy.renewal)


def test_a_gap_in_a_renewal_in_time_needs_a_reason(world: SimpleNamespace) -> None:
    _, request = renewal(world, day(-150))
    with pytest.raises(ValidationError) as told:
        actions.approve(**on(request, world.reviewer), start=day(60))
    assert set(told.value.message_dict) == {"modification_reason"}
    determination = actions.approve(**on(request, world.reviewer), start=day(60), modification_reason=WHY)
    assert determination.modified


def test_a_renewal_that_comes_late_starts_when_asked(world: SimpleNamespace) -> None:
    _, request = renewal(world, day(-250))
    actions.approve(**on(request, world.reviewer))
    assert authorization_of(request).start == day(40)


# What is left


@pytest.mark.parametrize(
    ("after_start", "left"),
    [
        (-10, (184, 9, 675)),
        (0, (184, 9, 675)),
        (1, (183, 9, 675)),
        (17, (167, 8, 600)),
        (183, (1, 1, 75)),
        (184, (0, 0, 0)),
    ],
)
def test_what_is_left_of_an_authorization(world: SimpleNamespace, after_start: int, left: tuple[int, int, int]) -> None:
    request = submitted(world)
    actions.approve(**on(request, world.reviewer), start=datetime.date(2027, 4, 1))
    authorization = authorization_of(request)
    authorization.valid_through = authorization.start + datetime.timedelta(days=183)
    today = authorization.start + datetime.timedelta(days=after_start)
    found = queries.remaining(authorization, today=today)
    assert (found.days, found.doses, found.units) == left
    assert authorization.standing(today) == ("active" if left[0] else "expired")
    authorization.status = "void"
    assert queries.remaining(authorization, today=today).units == 0


# Void


def test_an_authorization_made_in_error_becomes_void(world: SimpleNamespace) -> None:
    request = in_state(world, "approved")
    authorization = authorization_of(request)
    made = actions.void(by=world.director, authorization_id=authorization.pk, reason="Another patient was meant.")
    authorization = authorization_of(request)
    assert (authorization.status, authorization.standing()) == ("void", "void")
    request.refresh_from_db()
    assert request.state == "approved"
    assert queries.determination_in_force(request) == authorization.determination
    letter = Letter.objects.get(kind="void_notice")
    text = told_in(letter)
    assert authorization.number in text
    assert "Another patient was meant." in text
    assert long_date(made.appeal_by) in text
    assert made.signature["role"] == "director"
    with pytest.raises(Conflict) as told:
        actions.void(by=world.second_director, authorization_id=authorization.pk, reason="Again.")
    assert told.value.who == "Lou Testcase"


@pytest.mark.parametrize("reason", ["", "  ", "a\x00", "x" * 2001])
def test_a_void_needs_a_reason(world: SimpleNamespace, reason: str) -> None:
    request = in_state(world, "approved")
    with pytest.raises(ValidationError) as told:
        actions.void(by=world.director, authorization_id=authorization_of(request).pk, reason=reason)
    assert set(told.value.message_dict) == {"reason"}
    assert authorization_of(request).status == "active"


def test_a_correction_is_a_new_decision(world: SimpleNamespace) -> None:
    request = in_situation(world, "void")
    first = queries.determination_in_force(request)
    with pytest.raises(ValidationError) as told:
        actions.reissue(**on(request, world.director), rationale=" ")
    assert set(told.value.message_dict) == {"rationale"}
    second = actions.reissue(**on(request, world.director), rationale="For the right patient.", start=day(9))
    assert second.supersedes == first
    assert queries.determination_in_force(request) == second
    assert [found.status for found in queries.authorizations_of(request)] == ["active", "void"]
    assert queries.authorization_for(world.prescriber, request.pk).start == day(9)
    first.refresh_from_db()
    assert (first.decision, first.superseded_by) == ("approved", second)
    assert AuthorizationVoid.objects.count() == 1


def test_what_is_void_or_superseded_is_not_renewed(world: SimpleNamespace) -> None:
    request = in_situation(world, "void")
    with pytest.raises(NotAllowed, match="void"):
        actions.start_renewal(by=world.prescriber, authorization_id=authorization_of(request).pk)


def test_the_export_shows_the_decision_in_force(world: SimpleNamespace) -> None:
    request = in_situation(world, "overturned")
    (row,) = queries.export_rows(world.manager, day(0), day(0))
    assert (row.state, row.decision, row.authorization) == ("approved", "approved", authorization_of(request).number)


@pytest.mark.parametrize(
    ("from_start", "from_last_dose", "too_near"),
    [(0, None, True), (-100, None, True), (-190, None, False), (None, 0, True), (None, 20, True),
     (None, 21, False)],
)  # fmt: skip
def test_doses_are_an_interval_apart_across_authorizations(
    world: SimpleNamespace, from_start: int | None, from_last_dose: int | None, too_near: bool
) -> None:
    """Days from another authorization's start, or from its last dose, if each were given on its day."""
    made = authorization_of(in_state(world, "approved"))
    last_dose = made.start + (made.doses - 1) * datetime.timedelta(days=made.interval_days)
    assert last_dose <= made.valid_through < last_dose + datetime.timedelta(days=21)
    start = made.start if from_last_dose is None else last_dose
    start += datetime.timedelta(days=from_start or from_last_dose or 0)
    found = queries.overlapping(submitted(world, by=world.other_prescriber), "pmh1001", start)
    assert found == (made if too_near else None)


def test_a_renewal_goes_on_where_its_authorization_ends(world: SimpleNamespace) -> None:
    earlier, request = renewal(world, day(-150))
    member = earlier.patient.member_id
    assert queries.overlapping(request, member, earlier.renewal_date) is None
    assert queries.overlapping(request, member, earlier.valid_through) == earlier
    assert queries.overlapping(submitted(world), member, earlier.renewal_date) == earlier
