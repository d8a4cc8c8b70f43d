"""What somebody sent whose session had ended: kept in the page itself, signed, so that the server stores nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.core import signing
from django.http import QueryDict

SALT = "pa_portal.intake.kept"
HOURS = 12


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a form was sent to, and its fields as (name, value)."""

    path: str
    pairs: tuple[tuple[str, str], ...]


def pairs(post: QueryDict, without: Collection[str] = ()) -> tuple[tuple[str, str], ...]:
    """The fields of a form as (name, value), without its token and those named."""
    return tuple(
        (name, value)
        for name, values in post.lists()
        if name != "csrfmiddlewaretoken" and name not in without
        for value in values
    )


def keep(path: str, post: QueryDict) -> str:
    """What was sent as signed text."""
    return signing.dumps([path, pairs(post)], salt=SALT, compress=True)


def unfold(text: str) -> Kept:
    """What ``keep`` made. Raises ``signing.BadSignature`` for anything else, and after ``HOURS``."""
    path, found = signing.loads(text, salt=SALT, max_age=HOURS * 3600)
    return Kept(path, tuple((name, value) for name, value in found))
