"""How much time a decision has left, in words and with an icon: overdue is never told by colour alone."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from pa_portal.determinations.models import Task

SOON = datetime.timedelta(hours=24)
_HOUR, _DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Left:
    """Time left in words; ``icon`` and ``tone`` are empty where nothing presses."""

    text: str
    icon: str = ""
    tone: str = ""


NOTHING = Left("")


def left(
    time_left: datetime.timedelta | None,
    paused_until: datetime.datetime | None,
    now: datetime.datetime | None = None,
) -> Left:
    """Say what is left; negative is overdue. ``paused_until``: the clock stands still until then at most."""
    if time_left is None:
        return NOTHING
    if time_left < datetime.timedelta(0):
        return Left(f"Overdue by {_say(-time_left)}", "unmet", "unmet")
    if paused_until is not None and paused_until > (now or timezone.now()):
        return Left(f"Paused, then {_say(time_left)}", "open", "open")
    if time_left < SOON:
        return Left(f"{_say(time_left)} left", "warning", "attention")
    return Left(f"{_say(time_left)} left")


def of_row(request: Any) -> Left:
    """The time left of a request that ``queries.with_clock`` went over; empty once decided or withdrawn."""
    return left(request.time_left, request.paused_until) if request.state in ("submitted", "pended") else NOTHING


def of_task(task: Task | None) -> Left:
    """The time left of a task; empty once its clock stopped."""
    if task is None or task.stopped_at:
        return NOTHING
    return left(task.left(), task.resumes_at)


def _say(span: datetime.timedelta) -> str:
    """A span in one unit: days from two days on, hours from two hours on, else minutes."""
    if span >= 2 * _DAY:
        return f"{span // _DAY} days"
    if span >= 2 * _HOUR:
        return f"{span // _HOUR} hours"
    minutes = span // datetime.timedelta(minutes=1)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
