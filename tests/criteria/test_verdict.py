"""Kleene's three-valued tables, all nine rows of each."""

from __future__ import annotations

import pytest

from criteria.verdict import MET, NOT_MET, OUTCOMES, UNKNOWN, Verdict, all_of, any_of, negate


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (MET, MET, MET, MET),
        (MET, UNKNOWN, UNKNOWN, MET),
        (MET, NOT_MET, NOT_MET, MET),
        (UNKNOWN, MET, UNKNOWN, MET),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
        (UNKNOWN, NOT_MET, NOT_MET, UNKNOWN),
        (NOT_MET, MET, NOT_MET, MET),
        (NOT_MET, UNKNOWN, NOT_MET, UNKNOWN),
        (NOT_MET, NOT_MET, NOT_MET, NOT_MET),
    ],
)
def test_and_or(left: Verdict, right: Verdict, both: Verdict, either: Verdict) -> None:
    assert all_of([left, right]) is both
    assert any_of([left, right]) is either


@pytest.mark.parametrize(("given", "expected"), [(MET, NOT_MET), (NOT_MET, MET), (UNKNOWN, UNKNOWN)])
def test_not(given: Verdict, expected: Verdict) -> None:
    assert negate(given) is expected


def test_nothing_to_meet_is_met_and_nothing_to_choose_from_is_not() -> None:
    assert all_of([]) is MET
    assert any_of([]) is NOT_MET


def test_unknown_is_never_a_denial() -> None:
    assert OUTCOMES[UNKNOWN] == "insufficient_information"
