"""Resistance at the edge of each window, and what unknowns do (section III)."""

from __future__ import annotations

import pytest

from criteria.evaluate import decide
from criteria.policy import Policy
from criteria.resistance import resistant

AFTER = "progressed_after_therapy"


@pytest.mark.parametrize(
    ("drug", "setting", "months", "expected"),
    [
        ("anthracycline", "adjuvant", 5.99, True),
        ("anthracycline", "adjuvant", 6, True),
        ("anthracycline", "adjuvant", 6.01, False),
        ("anthracycline", "metastatic", 3, True),
        ("anthracycline", "metastatic", 3.01, False),
        ("taxane", "adjuvant", 12, True),
        ("taxane", "adjuvant", 12.01, False),
        ("taxane", "metastatic", 4, True),
        ("taxane", "metastatic", 4.01, False),
        ("taxane", "metastatic", 0, True),
        ("anthracycline", "unknown", 2, None),
        ("anthracycline", "unknown", 5, None),
        ("anthracycline", "unknown", 7, False),
        ("anthracycline", None, 7, False),
        ("taxane", "adjuvant", "unknown", None),
        ("taxane", "adjuvant", None, None),
    ],
)
def test_windows_of_the_policy(
    policy: Policy, drug: str, setting: str | None, months: float | str | None, expected: bool | None
) -> None:
    facts = {f"{drug}_outcome": AFTER, f"{drug}_setting": setting, f"{drug}_months_to_progression": months}
    assert decide(policy, facts).verdict_of(f"{drug}_resistant") is expected


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("progressed_on_therapy", True),
        ("failed", False),
        ("no_failure", False),
        ("not_received", False),
        ("unknown", None),
        (None, None),
    ],
)
def test_outcomes(outcome: str | None, expected: bool | None) -> None:
    assert resistant(outcome, "adjuvant", 1, 6, 3) is expected
