"""The people around one request."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.records.conftest import build_world


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any) -> SimpleNamespace:
    settings.ATTACHMENT_ROOT = tmp_path / "attachments"
    return build_world()
