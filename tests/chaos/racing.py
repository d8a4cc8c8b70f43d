"""Several people doing something at the same moment, each as a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections
from django.db.models import F
from django.utils import timezone

from pa_portal.determinations import deciding
from pa_portal.submissions.actions import drafts
from pa_portal.submissions.models import Request
from pa_portal.submissions.queries import one, visible_to, with_people

PATIENCE_SECONDS = 60


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do all of these at the same moment. Returns what each gave."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        try:
            start.wait(PATIENCE_SECONDS)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


@contextmanager
def without_locks(people: int) -> Iterator[None]:
    """Take away what keeps two from winning: the row lock and the check of the version that each had seen.

    So many people then meet after they have read and before they write, every time.
    """
    meeting = threading.Barrier(people)

    def read(*, by: Any, request_id: Any) -> Request:
        found = one(with_people(visible_to(by)), request_id)
        meeting.wait(PATIENCE_SECONDS)
        return found

    def write(request: Request, *, version: int, **changes: Any) -> None:
        changes["updated_at"] = timezone.now()
        Request.objects.filter(pk=request.pk).update(version=F("version") + 1, **changes)
        request.refresh_from_db()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drafts, "lock_to_edit", read)
        patch.setattr(drafts, "advance", write)
        patch.setattr(deciding, "lock", read)
        patch.setattr(deciding, "advance", write)
        yield
