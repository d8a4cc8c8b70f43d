"""When things happen in the demo: in working hours, one after the other, and none of them in the future."""

from __future__ import annotations

import datetime

from django.utils import timezone

OPENS, CLOSES, SATURDAY = 8, 17, 5
A_MOMENT = datetime.timedelta(seconds=1)


def begun(days_ago: float, now: datetime.datetime) -> datetime.datetime:
    """Return when a request was begun: about this many days ago, on the last working day then."""
    moment = timezone.localtime(now - datetime.timedelta(days=days_ago))
    if moment.weekday() >= SATURDAY:
        moment -= datetime.timedelta(days=moment.weekday() - SATURDAY + 1)
    return min(_in_hours(moment), now)


def following(moment: datetime.datetime, hours: float, now: datetime.datetime) -> datetime.datetime:
    """Return when the next thing happened: about this many hours later, or just now, and always later."""
    later = timezone.localtime(moment + datetime.timedelta(hours=hours))
    if later.hour >= CLOSES:
        later += datetime.timedelta(hours=24 - CLOSES + OPENS)
    if later.weekday() >= SATURDAY:
        later += datetime.timedelta(days=7 - later.weekday())
    return max(min(_in_hours(later), now), moment + A_MOMENT)


def appointment(moment: datetime.datetime, in_days: int, hour: int) -> datetime.datetime:
    """Return the hour, by local time, so many days later, or on the Monday after."""
    day = timezone.localtime(moment + datetime.timedelta(days=in_days))
    if day.weekday() >= SATURDAY:
        day += datetime.timedelta(days=7 - day.weekday())
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def _in_hours(moment: datetime.datetime) -> datetime.datetime:
    """The same day; an hour outside working hours becomes one inside, and minutes are not all alike."""
    if OPENS <= moment.hour < CLOSES:
        return moment
    return moment.replace(hour=OPENS + (moment.hour + moment.day) % (CLOSES - OPENS))
