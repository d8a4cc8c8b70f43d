"""Correcting a request that was sent and is not decided: in a draft beside it, signed as its next submission.

Until it is signed, nothing that the reviewer sees changes; giving the draft up leaves the request as it was sent.
"""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import PROVIDERS, User
from pa_portal.audit.actions import record
from pa_portal.submissions import cleaning, queries, transitions
from pa_portal.submissions.actions.attachments import copy_attachments, drop
from pa_portal.submissions.actions.freezing import complete, content_of, freeze
from pa_portal.submissions.differences import differ
from pa_portal.submissions.errors import NotAllowed, Stale
from pa_portal.submissions.guard import advance, insert_numbered, lock
from pa_portal.submissions.models import Answer, Request, Submission
from pa_portal.submissions.numbers import REFERENCE

# What may differ from one submission to the next, and what stays.
_CORRECTED = (
    "patient",
    "prescriber",
    "urgency",
    "urgency_reason",
    "diagnosis_code",
    "height_cm",
    "weight_kg",
    "requested_start_date",
    "clinical_rationale",
    "answers",
)
_FIXED = ("organization", "plan", "policy_id", "policy_version", "request_type", "request_date", "approved_regimen")


@transaction.atomic
def start_correction(*, by: User, request_id: uuid.UUID | str) -> Request:
    """Return the draft in which a submitted request is corrected: filled in as it was sent, or the one there is.

    Its answers keep who gave them and when; policy version and date are the request's. Raises NotAllowed unless ``by``
    is the provider's and the request waits for a decision.
    """
    request = lock(by=by, request_id=request_id)
    if by.role not in PROVIDERS:
        raise NotAllowed("Only the provider can correct a request.")
    transitions.require_state("correct", request)
    there = queries.correction_of(request)
    if there is not None:
        return there
    draft = Request(created_by=by, corrects=request)
    for name in (*_FIXED, *_CORRECTED):
        setattr(draft, name, getattr(request, name))
    insert_numbered(draft, "reference", REFERENCE)
    given = queries.latest_answers(request)
    _give_again(draft, [given[name] for name in draft.answers if name in given])
    copy_attachments(request, draft)
    record(by=by, action="request.correction_started", obj=draft, detail={"corrects": str(request.pk)})
    return draft


def sign_correction(draft: Request, *, by: User, version: int, clinical_rationale: str | None) -> Submission:
    """Make the corrected request's next submission from a locked draft, which is used up.

    Raises as ``submit`` does, and NotAllowed when the request was decided or withdrawn meanwhile, or nothing differs.
    """
    assert draft.corrects_id is not None
    request = lock(by=by, request_id=draft.corrects_id)
    transitions.require("correct", by=by, request=request)
    if draft.version != version:
        raise Stale(current=draft.version)
    if clinical_rationale is not None:
        cleaning.fill(draft, {"clinical_rationale": clinical_rationale}, ("clinical_rationale",))
    complete(draft)
    given = queries.latest_answers(draft)
    _give_again(request, [given[name] for name in queries.answers_apart(request.answers, draft.answers)])
    for name in _CORRECTED:
        setattr(request, name, getattr(draft, name))
    copy_attachments(draft, request, instead=True, by=by)
    last, now = queries.submission_of(request), timezone.now()
    assert last is not None
    content = content_of(request, by=by, at=now, prepared=draft, corrects=str(last.pk))
    if not any(differ(last.content, content)):
        raise NotAllowed("Nothing differs from what was sent, so there is nothing to send.")
    submission = freeze(
        request, content, by=by, at=now, action="request.corrected", changed=_CORRECTED, correction=draft
    )
    advance(draft, version=version, state=transitions.require("merge", by=by, request=draft).target)
    drop(draft, by=by)
    return submission


def _give_again(request: Request, answers: list[Answer]) -> None:
    """Put answers into another request's history as they were given: by whom, and when."""
    Answer.objects.bulk_create(
        Answer(request=request, fact=each.fact, value=each.value, given_by=each.given_by, given_at=each.given_at)
        for each in answers
    )
