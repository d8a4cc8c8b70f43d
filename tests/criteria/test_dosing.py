"""Dose, vials and units (sections II, V and VI)."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria.dosing import dose, fewest_vials
from criteria.policy import Policy


@pytest.mark.parametrize(
    ("height", "weight", "mg", "vials", "administered", "discarded", "capped"),
    [
        ("165", "62", "67.4", ((45, 1), (15, 2)), 68, 7, False),
        ("165", "70", "71.6", ((45, 1), (15, 2)), 72, 3, False),
        ("150", "45", "54.8", ((45, 1), (15, 1)), 55, 5, False),
        ("180", "97", "88.0", ((45, 2),), 88, 2, True),
        ("200", "150", "88.0", ((45, 2),), 88, 2, True),
        ("180", "96.8", "88.0", ((45, 2),), 88, 2, False),
        ("90", "12", "21.9", ((15, 2),), 22, 8, False),
    ],
)
def test_dose(
    policy: Policy,
    height: str,
    weight: str,
    mg: str,
    vials: tuple[tuple[int, int], ...],
    administered: int,
    discarded: int,
    capped: bool,
) -> None:
    found = dose(policy.dosing, Decimal(height), Decimal(weight))
    assert found.dose_mg == Decimal(mg)
    assert found.vials == vials
    assert (found.administered_units, found.discarded_units) == (administered, discarded)
    assert found.billed_units == administered + discarded == found.vial_mg
    assert found.capped is capped
    assert found.within_limit
    assert (found.max_units, found.interval_days) == (90, 21)


@pytest.mark.parametrize(("height", "weight"), [("0", "60"), ("-1", "60"), ("160", "0"), ("NaN", "60")])
def test_height_and_weight_are_above_zero(policy: Policy, height: str, weight: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        dose(policy.dosing, Decimal(height), Decimal(weight))


@given(st.decimals(min_value="0.1", max_value="200", places=1))
def test_vials_waste_least_and_are_fewest(amount: Decimal) -> None:
    found = fewest_vials(amount, (45, 15))
    total, count = sum(size * n for size, n in found), sum(n for _, n in found)
    options = [(45 * a + 15 * b, a + b) for a, b in product(range(6), range(16)) if 45 * a + 15 * b >= amount]
    assert (total, count) == min(options)


def test_no_patient_goes_over_the_limit(policy: Policy) -> None:
    assert all(dose(policy.dosing, Decimal(h), Decimal(w)).within_limit for h in (120, 160, 220) for w in (30, 80, 300))


def test_a_limit_that_is_passed_is_told(policy: Policy) -> None:
    import dataclasses

    rule = dataclasses.replace(policy.dosing, max_units=60)
    assert not dose(rule, Decimal(170), Decimal(80)).within_limit
