"""Two provider organizations and two plans, with managers on both sides."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.jobs.conftest import work
from tests.records.conftest import build_world

__all__ = ["work", "world"]


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return build_world()
