"""docs/wizard.md names the tests that hold each of the wizard's rules: they exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|$", re.M)
RULES = {
    int(number): re.findall(r"`(.+?)::(.+?)`", tests)
    for number, tests in RULE.findall((ROOT / "docs/wizard.md").read_text())
}
IN_A_BROWSER = ("tests/intake/test_in_a_browser.py", "tests/intake/test_every_page_in_a_browser.py", "tests/journeys/")


def test_there_are_twelve_rules() -> None:
    assert list(RULES) == list(range(1, 13))


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_is_held_by_tests_that_exist_one_of_them_in_a_browser(rule: int) -> None:
    for path, name in RULES[rule]:
        assert re.search(rf"^def {name}\(", (ROOT / path).read_text(), re.M), f"{path}::{name}"
    assert any(path.startswith(IN_A_BROWSER) for path, _ in RULES[rule])
