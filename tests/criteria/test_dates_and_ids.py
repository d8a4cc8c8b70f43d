"""Authorization dates, ages, and the check digit of an NPI."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criteria import npi
from criteria.dates import age_in_years, renewal_date, valid_through


@pytest.mark.parametrize(
    ("start", "renewal", "through"),
    [
        (date(2026, 11, 24), date(2027, 5, 24), date(2027, 5, 23)),
        (date(2026, 8, 31), date(2027, 2, 28), date(2027, 2, 27)),
        (date(2027, 8, 31), date(2028, 2, 29), date(2028, 2, 28)),
        (date(2026, 8, 29), date(2027, 2, 28), date(2027, 2, 27)),
        (date(2026, 3, 31), date(2026, 9, 30), date(2026, 9, 29)),
        (date(2026, 12, 31), date(2027, 6, 30), date(2027, 6, 29)),
        (date(2028, 2, 29), date(2028, 8, 29), date(2028, 8, 28)),
    ],
)
def test_renewal_is_six_calendar_months_out(start: date, renewal: date, through: date) -> None:
    assert renewal_date(start) == renewal
    assert valid_through(start) == through


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 1, 1)))
def test_a_period_is_about_half_a_year_and_ends_the_day_before_renewal(start: date) -> None:
    renewal = renewal_date(start)
    assert 178 <= (renewal - start).days <= 184
    assert renewal.day <= start.day
    assert renewal - valid_through(start) == timedelta(days=1)


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2008, 11, 24), date(2026, 11, 24), 18),
        (date(2008, 11, 25), date(2026, 11, 24), 17),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(2008, 2, 29), date(2028, 2, 29), 20),
    ],
)
def test_age_in_completed_years(born: date, on: date, age: int) -> None:
    assert age_in_years(born, on) == age


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("1234567893", True),
        ("1234567890", False),
        ("1245319599", True),
        ("3234567893", False),
        ("123456789", False),
        ("12345678931", False),
        ("١٢٣٤٥٦٧٨٩٣", False),
        ("", False),
    ],
)
def test_npi_check_digit(text: str, valid: bool) -> None:
    assert npi.valid(text) is valid


@given(st.integers(min_value=100_000_000, max_value=299_999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_of_an_npi_is_caught(stem: int, place: int, step: int) -> None:
    good = next(f"{stem}{digit}" for digit in range(10) if npi.valid(f"{stem}{digit}"))
    wrong = good[:place] + str((int(good[place]) + step) % 10) + good[place + 1 :]
    assert not npi.valid(wrong)
