"""Recommending a denial, and a medical director's handing it back. Signing one is ``deny``."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.audit.actions import record
from pa_portal.determinations import assigning, clocks, deciding, queries, signing
from pa_portal.determinations.models import Recommendation, RecommendationAnswer
from pa_portal.determinations.reasons import Chosen, fill_denial
from pa_portal.submissions.cleaning import fill
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.guard import advance


@transaction.atomic
def recommend_denial(
    *, by: User, request_id: uuid.UUID | str, version: int, reasons: Chosen, rationale: str
) -> Recommendation:
    """Recommend to a medical director that the latest submission be denied; nothing is decided by it.

    ``reasons`` and ``rationale`` as for ``deny``. The request goes to the directors' queue. Raises NotAllowed when
    a recommendation waits already.
    """
    request, case = deciding.open_case(by, request_id, version, "recommend_denial")
    if queries.open_recommendation(request):
        raise NotAllowed("A denial of this request is recommended already. A medical director has to answer it first.")
    recommendation = Recommendation(
        request=request,
        submission=case.submission,
        request_version=version,
        recommended_by=by,
        recommended_at=timezone.now(),
    )
    fill_denial(recommendation, case, reasons, rationale, what="recommend to deny")
    recommendation.signature = signing.sign(
        "recommended", signing.recommended(recommendation), by=by, at=recommendation.recommended_at
    )
    recommendation.save(force_insert=True)
    advance(request, version=version)
    assigning.hand_over(clocks.of_request(request), to=None, awaiting_director=True)
    record(
        by=by,
        action="denial.recommended",
        obj=recommendation,
        organization_id=request.organization_id,
        detail={"request": str(request.pk), "codes": [reason["code"] for reason in recommendation.reasons]},
    )
    return recommendation


@transaction.atomic
def return_recommendation(*, by: User, request_id: uuid.UUID | str, version: int, note: str) -> RecommendationAnswer:
    """Give a recommended denial back to the reviewer who recommended it, with a note on what to look at again."""
    request, _ = deciding.open_case(by, request_id, version, "return_recommendation")
    recommendation = queries.open_recommendation(request)
    if recommendation is None:
        raise NotAllowed("No denial of this request is recommended.")
    answer = RecommendationAnswer(
        recommendation=recommendation, kind=RecommendationAnswer.Kind.RETURNED, answered_by=by
    )
    fill(answer, {"note": note}, ("note",), required=("note",))
    answer.save(force_insert=True)
    advance(request, version=version)
    assigning.hand_over(clocks.of_request(request), to=recommendation.recommended_by, awaiting_director=False)
    record(
        by=by,
        action="denial.returned",
        obj=recommendation,
        organization_id=request.organization_id,
        detail={"request": str(request.pk)},
    )
    return answer
