"""What a plan's managers changed, in words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from pa_portal.accounts.models import Organization
from pa_portal.determinations.models import SettingChange
from pa_portal.determinations.queries import setting_changes
from pa_portal.review.plan import rules
from pa_portal.review.plan.forms import LettersForm

MOST = 50


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that changed. ``long``: before and after are texts to unfold."""

    label: str
    before: str
    after: str

    @property
    def long(self) -> bool:
        return len(self.before) + len(self.after) > 120 or "\n" in self.before + self.after


@dataclass(frozen=True, slots=True)
class Change:
    at: datetime.datetime
    by: str
    subject: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """The latest changes of one kind. ``seen`` is how many there are in all: what a form on this page knows of."""

    latest: tuple[Change, ...]
    seen: int


def of(plan: Organization, kind: str) -> Changes:
    """Gather them."""
    found = setting_changes(plan, kind)
    return Changes(tuple(_change(each) for each in found[:MOST]), found.count())


def _change(change: SettingChange) -> Change:
    subject = rules.name(change.subject) if change.kind == SettingChange.Kind.CLOCK else change.subject
    fields = (
        Field(_label(name), _say(name, change.before[name]), _say(name, value)) for name, value in change.after.items()
    )
    return Change(change.at, change.by.get_full_name(), subject, tuple(fields))


_LABELS = {"hours": "Time", "fixed": "Deadline", "on": "Automatic approval"}


def _label(name: str) -> str:
    return _LABELS.get(name) or str(LettersForm.base_fields[name].label)


def _say(name: str, value: Any) -> str:
    match name:
        case "hours":
            return rules.in_days(value)
        case "fixed":
            return "fixed" if value else "can be paused and extended"
        case "on":
            return "on" if value else "off"
    return str(value) if value not in ("", None) else "nothing"
