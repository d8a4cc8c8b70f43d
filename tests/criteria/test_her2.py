"""HER2 status for every IHC score and ISH group, and at every threshold's edge (section III)."""

from __future__ import annotations

import pytest

from criteria.her2 import Her2, group_of, interpret, status_of

NUMBERS = {1: (2.0, 4.0), 2: (2.0, 3.99), 3: (1.99, 6.0), 4: (1.99, 4.0), 5: (1.99, 3.99)}
N, P, D, OPEN = "negative", "positive", "discordant", None


@pytest.mark.parametrize(
    ("ihc", "no_ish", "by_group"),
    [
        ("0", N, (D, N, N, N, N)),
        ("1+", N, (D, N, N, N, N)),
        ("2+", OPEN, (P, N, P, N, N)),
        ("3+", P, (P, P, P, P, D)),
        ("not_done", OPEN, (P, OPEN, OPEN, OPEN, N)),
        (None, OPEN, (OPEN, OPEN, OPEN, OPEN, OPEN)),
    ],
)
def test_status(ihc: str | None, no_ish: str | None, by_group: tuple[str | None, ...]) -> None:
    assert status_of(ihc, "not_done", None, None) == no_ish
    assert status_of(ihc, None, None, None) == no_ish
    for group, expected in enumerate(by_group, 1):
        assert status_of(ihc, "done", *NUMBERS[group]) == expected, group
        found = interpret(ihc, "done", *NUMBERS[group])
        assert found.group == group
        assert found.discordant is (expected == D)
        assert found.status == (None if expected == D else expected)


@pytest.mark.parametrize(
    ("ratio", "copies", "group"),
    [
        (2.0, 4.0, 1),
        (1.99, 4.0, 4),
        (2.0, 3.99, 2),
        (1.99, 3.99, 5),
        (1.99, 5.99, 4),
        (1.99, 6.0, 3),
        (2.0, 6.0, 1),
        (2.0, 5.99, 1),
    ],
)
def test_group_at_each_edge(ratio: float, copies: float, group: int) -> None:
    assert group_of(ratio, copies) == group


@pytest.mark.parametrize(
    ("ihc", "ratio", "copies", "expected"),
    [
        ("2+", None, 3, OPEN),
        ("2+", 1.5, None, OPEN),
        ("not_done", None, None, OPEN),
        ("0", None, None, OPEN),  # group 1 would contradict IHC 0
        ("0", 2.5, None, OPEN),
        ("0", None, 5, OPEN),
        ("0", 1.5, None, N),
        ("0", None, 3, N),
        ("3+", None, None, OPEN),  # group 5 would contradict IHC 3+
        ("3+", 1.5, None, OPEN),
        ("3+", None, 3, OPEN),
        ("3+", 2.0, None, P),
        ("3+", None, 4, P),
    ],
)
def test_some_ish_numbers_missing(ihc: str, ratio: float | None, copies: float | None, expected: str | None) -> None:
    assert status_of(ihc, "done", ratio, copies) == expected


def test_ish_numbers_count_only_when_ish_was_done() -> None:
    assert status_of("2+", "not_done", 3.0, 9.0) is None
    assert status_of("0", None, 3.0, 9.0) == N
    assert interpret("0", "not_done", 3.0, 9.0).group is None


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ((None, None, None, None), "Enter the IHC score"),
        (("2+", "done", None, 4.0), "Enter the ratio and the copy number"),
        (("2+", "not_done", None, None), "without ISH does not settle"),
        (("not_done", "not_done", None, None), "No IHC without ISH"),
        (("not_done", "done", 2.1, 3.0), "ISH group 2"),
        (("0", None, None, None), "IHC 0: HER2-negative"),
        (("2+", "done", 2.1, 5.0), "HER2-positive"),
        (("0", "done", 2.1, 5.0), "contradict each other"),
    ],
)
def test_the_rule_is_told_in_words(
    results: tuple[str | None, str | None, float | None, float | None], words: str
) -> None:
    found = interpret(*results)
    assert isinstance(found, Her2)
    assert words in found.rule
