"""For whom the database is used outside an HTTP request: a job works as the person who asked for it, or as the portal.

The one place where a job's context begins. What a person may see is decided by the queries, which take the user, and
held by the database's walls, which go by this context: without it there are no rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from pa_portal.accounts.models import User
from pa_portal.audit import acting


@contextmanager
def acting_for(user: User) -> Iterator[None]:
    """One transaction, in which everything is done for ``user`` and seen as they may see it."""
    with transaction.atomic(), acting.as_person(user):
        yield


@contextmanager
def acting_as_portal(why: str = "jobs") -> Iterator[None]:
    """Work that the portal does by itself, for every organization. Its transactions are the work's own.

    The login must be a member of ``portal_system``: that of pages is not.
    """
    with acting.as_system(why):
        yield
