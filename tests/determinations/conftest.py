"""The people of the record tests, and a second medical director."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pa_portal.accounts.models import User
from tests.records.conftest import build_world


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return build_wider_world()


def build_wider_world() -> SimpleNamespace:
    world = build_world()
    world.second_director = User.objects.create(
        organization=world.plan,
        role="director",
        email="ned@portal.example",
        first_name="Ned",
        last_name="Testcase",
        credentials="MD",
        title="Associate medical director",
    )
    return world
