"""An act tried out: done in full by its own action, read, and taken back, so that its letter can be seen first.

The preview is thus what the decision would write, word for word, and whatever would refuse it refuses it now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from pa_portal.determinations.models import Authorization, Determination, Recommendation, RecommendationAnswer

# What stands in for the number, which is drawn when the decision is made.
NUMBER_TO_COME = "(given on approval)"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What an act would write: its letter's content if it is a decision, and the authorization if an approval."""

    letter: dict[str, Any] | None = None
    authorization: Authorization | None = None


def rehearse(act: Callable[[], Determination | Recommendation | RecommendationAnswer]) -> Rehearsal:
    """Call ``act`` in a transaction that is taken back. Raises whatever it raises."""
    with transaction.atomic():
        found = _read(act())
        transaction.set_rollback(True)
    return found


def _read(written: Determination | Recommendation | RecommendationAnswer) -> Rehearsal:
    if not isinstance(written, Determination):
        return Rehearsal()
    content = written.letters.get().content
    authorization = Authorization.objects.filter(determination=written).first()
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
