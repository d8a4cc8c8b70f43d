from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from criteria import catalog
from criteria.policy import Policy

FOLDER = catalog.POLICIES / "IC-0072" / "2025-09-04"


@pytest.fixture(scope="session")
def policy() -> Policy:
    return catalog.get("IC-0072", "2025-09-04")


@pytest.fixture
def altered(tmp_path: Path) -> Callable[..., Path]:
    """A copy of the policy with pieces of its files replaced; returns its folder."""

    def make(
        *changes: tuple[str, str], file: str = "policy.yaml", policy_id: str = "IC-0072", version: str = "2025-09-04"
    ) -> Path:
        folder = tmp_path / policy_id / version
        if not folder.exists():
            shutil.copytree(FOLDER, folder)
        text = (folder / file).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / file).write_text(text, encoding="utf-8")
        return folder

    return make
