"""Telling the portal another time, so that the demo has a past. Nothing but the demo's seed does this."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone


@contextmanager
def at(moment: datetime.datetime) -> Iterator[None]:
    """Within this, ``django.utils.timezone`` reads ``moment``, and goes on from there as clocks do.

    For a command with one thread: the whole process is told.
    """
    real = timezone.datetime  # type: ignore[attr-defined]
    behind = real.now(tz=datetime.UTC) - moment

    class Behind(real):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            told: datetime.datetime = real.now(tz) - behind
            return told

    timezone.datetime = Behind  # type: ignore[attr-defined]
    try:
        yield
    finally:
        timezone.datetime = real  # type: ignore[attr-defined]
