"""Ending a recommended denial that waits for a director, by what happened to its request."""

from __future__ import annotations

from pa_portal.accounts.models import User
from pa_portal.determinations import queries
from pa_portal.determinations.models import Determination, RecommendationAnswer
from pa_portal.submissions.models import Request


def answer_open(request: Request, *, by: User | None, determination: Determination | None = None) -> None:
    """Answer the open recommendation, if there is one: signed by a denial, overtaken by anything else."""
    recommendation = queries.open_recommendation(request)
    if recommendation is None:
        return
    signed = determination is not None and determination.decision == Determination.Decision.DENIED
    kinds = RecommendationAnswer.Kind
    RecommendationAnswer.objects.create(
        recommendation=recommendation,
        kind=kinds.SIGNED if signed else kinds.OVERTAKEN,
        answered_by=by,
        determination=determination,
    )
