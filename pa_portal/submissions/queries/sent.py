"""What was submitted, and every answer as it was given."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from pa_portal.accounts.models import Role, User
from pa_portal.submissions.models import Answer, Request, Submission
from pa_portal.submissions.queries.scope import one, visible_to


def submission_of(request: Request) -> Submission | None:
    """Return the latest submission of a request the caller may see; None for a draft."""
    return submissions_of(request).last()


def submissions_of(request: Request) -> QuerySet[Submission]:
    """Return every submission of a request the caller may see, oldest first."""
    return Submission.objects.filter(request=request).select_related("submitted_by").order_by("number")


def submission_of_correction(user: User, id: uuid.UUID | str) -> Submission | None:
    """Return the submission that a prescriber's organization made of the correcting draft with this id, if it did."""
    try:
        draft = one(Request.objects.filter(corrects__in=visible_to(user)), id)
    except Request.DoesNotExist:
        return None
    return Submission.objects.filter(correction=draft).first() if user.role == Role.PRESCRIBER else None


def answers_of(request: Request) -> QuerySet[Answer]:
    """Return every answer as it was given, oldest first, with who gave it; of a request the caller may see."""
    return Answer.objects.filter(request=request).select_related("given_by").order_by("given_at", "id")


def latest_answers(request: Request) -> dict[str, Answer]:
    """Return the answer that stands last in the history of each fact, by fact."""
    return {answer.fact: answer for answer in answers_of(request)}


def answers_apart(some: Mapping[str, Any], others: Mapping[str, Any]) -> list[str]:
    """Return the facts whose values differ, sorted. Values are JSON, so 1 is not true."""
    return sorted(
        name
        for name in some.keys() | others.keys()
        if some.get(name) != others.get(name) or isinstance(some.get(name), bool) != isinstance(others.get(name), bool)
    )
