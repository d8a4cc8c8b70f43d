"""What the pages say of each person: whether they can sign in, and what they show besides a password."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pa_portal.accounts import queries
from pa_portal.accounts.models import User

FACTORS = {"totp": "Authenticator app", "webauthn": "Passkey"}


@dataclass(frozen=True, slots=True)
class Line:
    """``state``: "active", "invited" (has chosen no password yet) or "deactivated". ``factors``: in words, or none."""

    person: User
    state: str
    factors: str


def lines(people: Sequence[User]) -> list[Line]:
    found = queries.factors_of(people)
    return [Line(each, _state(each), ", ".join(FACTORS[kind] for kind in found[each.pk])) for each in people]


def _state(person: User) -> str:
    if not person.is_active:
        return "deactivated"
    return "active" if person.has_usable_password() else "invited"
