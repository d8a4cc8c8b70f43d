"""Putting a job into the queue in the transaction that it belongs to."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import Task


def put(task: Task[Any, Any, Any], *, lock: str | None = None, **ids: str | int) -> None:
    """Queue a job: with what the transaction does, or not at all. Jobs with the same ``lock`` run one after another.

    By Django's own connection, also within the worker, whose queue has others.
    """
    deferrer = task.configure(lock=lock)
    deferrer.job_manager = JobManager(DjangoConnector())
    deferrer.defer(**ids)
