"""For whom the database is used outside an HTTP request: a job works as the person who asked for it, or as the portal.

The one place where a job's context begins. What a person may see is still decided by the queries, which take the user.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from pa_portal.accounts.models import User


@contextmanager
def acting_for(user: User) -> Iterator[None]:
    """One transaction, in which everything is done for ``user`` and seen as they may see it."""
    with transaction.atomic():
        yield


@contextmanager
def acting_as_portal() -> Iterator[None]:
    """Work that the portal does by itself, for every organization. Its transactions are the work's own."""
    yield
