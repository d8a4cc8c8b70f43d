"""How often each fault is made: a few times in `make test`, as often as issued for in `make chaos`; and the counts."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

LONG = os.environ.get("CHAOS") == "long"
SEED = 20_251_124
lines: list[str] = []


@pytest.fixture(scope="session")
def times() -> Callable[[int, int], int]:
    """``times(short, long)``: how often, in this run."""
    return lambda short, long: long if LONG else short


@pytest.fixture(scope="session")
def report() -> Callable[[str], None]:
    """``report("…")``: a line of the table that `make chaos` prints at its end."""
    return lines.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if LONG:
        terminalreporter.section("Faults")
        for line in lines:
            terminalreporter.write_line(line)
