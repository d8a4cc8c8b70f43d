"""Two plans and two practices with people in every role, and somebody of the plan at the review's pages."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.records.conftest import build_world
from tests.review.desk import Desk


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return build_world()


@pytest.fixture
def desk(client: Any, world: SimpleNamespace) -> Desk:
    """A reviewer's desk."""
    client.force_login(world.reviewer)
    return Desk(client)


@pytest.fixture
def director(client: Any, world: SimpleNamespace) -> Desk:
    """A medical director's desk."""
    client.force_login(world.director)
    return Desk(client)
