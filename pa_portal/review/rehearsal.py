"""An act tried out: done in full by its own action, read, and taken back, so that its letter can be seen first.

The preview is thus what the act would write, word for word, and whatever would refuse it refuses it now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from pa_portal.determinations.models import Authorization, Letter
from pa_portal.submissions.models import Request

# What stands in for the number, which is drawn when the decision is made.
NUMBER_TO_COME = "(given on approval)"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What an act would write: its letter's content if it makes one, and the authorization if an approval."""

    letter: dict[str, Any] | None = None
    authorization: Authorization | None = None


def rehearse(act: Callable[[], object], request: Request) -> Rehearsal:
    """Call ``act`` on a request in a transaction that is taken back. Raises whatever it raises."""
    with transaction.atomic():
        letters, authorizations = Letter.objects.filter(request=request), Authorization.objects.filter(request=request)
        known = set(letters.values_list("pk", flat=True)) | set(authorizations.values_list("pk", flat=True))
        act()
        letter, authorization = letters.exclude(pk__in=known).first(), authorizations.exclude(pk__in=known).first()
        transaction.set_rollback(True)
    if letter is None:
        return Rehearsal()
    if authorization is None:
        return Rehearsal(letter.content)
    return Rehearsal(_replaced(letter.content, authorization.number), authorization)


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
