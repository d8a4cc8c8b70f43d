"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE_SECONDS = 90.0
GAP_SECONDS = 0.01
_never = threading.Event()


def until(holds: Callable[[], bool], what: str, patience: float = PATIENCE_SECONDS) -> None:
    """Return once ``holds()`` is true. Raises TimeoutError that names ``what`` when it does not come true in time."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"It did not happen within {patience:.0f} s: {what}")
        _never.wait(GAP_SECONDS)
