"""The versions of a policy as reviewers read them, and what one version changes of another."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils import timezone

from criteria import catalog
from criteria.policy import Policy
from criteria.show import show

# How many lines around a change are shown, so that it can be placed.
AROUND = 2


@dataclass(frozen=True, slots=True)
class Version:
    """One version; ``governs``: requests of today are decided by it."""

    policy: Policy
    governs: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the criteria as text. ``kind``: same, added or removed."""

    kind: str
    text: str


def versions(policy_id: str, today: datetime.date | None = None) -> list[Version]:
    """Return the versions of a policy, newest first. Raises ``catalog.UnknownPolicy``."""
    day = today or timezone.localdate()
    begun = [policy for policy in catalog.versions(policy_id) if policy.effective <= day]
    now = begun[-1] if begun and (begun[-1].until is None or begun[-1].until >= day) else None
    return [
        Version(policy, now is not None and policy.version == now.version)
        for policy in reversed(catalog.versions(policy_id))
    ]


def differences(before: Policy, after: Policy) -> list[list[Line]]:
    """Return where the text of two versions differs, each place with the lines around it; nothing when it is equal."""
    old, new = show(before).splitlines(), show(after).splitlines()
    places = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND)
    return [list(_lines(place, old, new)) for place in places]


def _lines(place: list[tuple[str, int, int, int, int]], old: list[str], new: list[str]) -> Iterator[Line]:
    for tag, a, b, c, d in place:
        if tag == "equal":
            yield from (Line("same", text) for text in old[a:b])
        else:
            yield from (Line("removed", text) for text in old[a:b])
            yield from (Line("added", text) for text in new[c:d])
