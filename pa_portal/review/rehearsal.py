"""A decision tried out: made in full by its own action, read, and taken back, so that the letter can be seen first.

The preview is thus what the decision would write, word for word, and whatever would refuse it refuses it now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from pa_portal.determinations.models import Authorization, Determination

# What stands in for the number, which is drawn when the decision is made.
NUMBER_TO_COME = "(given on approval)"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a decision would write: its letter's content, and the authorization if it is an approval."""

    letter: dict[str, Any]
    authorization: Authorization | None


def rehearse(decide: Callable[[], Determination]) -> Rehearsal:
    """Call ``decide`` in a transaction that is taken back. Raises whatever it raises."""
    with transaction.atomic():
        determination = decide()
        content = determination.letters.get().content
        authorization = Authorization.objects.filter(determination=determination).first()
        transaction.set_rollback(True)
    if authorization is not None:
        content = _replaced(content, authorization.number)
    return Rehearsal(content, authorization)


def _replaced(value: Any, number: str) -> Any:
    """Return JSON ``value`` with the number that was drawn for the rehearsal written as one to come."""
    match value:
        case str():
            return value.replace(number, NUMBER_TO_COME)
        case list():
            return [_replaced(item, number) for item in value]
        case dict():
            return {key: _replaced(item, number) for key, item in value.items()}
    return value
