"""Scoped reads of requests, people and documents, for whoever asks; each idea's are in a module of its own."""

from pa_portal.submissions.queries.attachments import attached_to, attachment_for, attachments_for, attachments_of
from pa_portal.submissions.queries.filling import given_facts, missing, newer_version, policy_of, walk_for
from pa_portal.submissions.queries.people import patients_for, prescribers_for, profile_of
from pa_portal.submissions.queries.requests import (
    PEOPLE,
    correction_of,
    drafts_for,
    expired_drafts,
    queue,
    ready_to_sign_for,
    renewals_for,
    request_for,
    requests_for,
    whose_latest,
    with_latest_submission,
)
from pa_portal.submissions.queries.scope import as_id, one, visible_to, with_people
from pa_portal.submissions.queries.sent import (
    answers_apart,
    answers_of,
    latest_answers,
    submission_of,
    submission_of_correction,
    submissions_of,
)

__all__ = [
    "PEOPLE",
    "answers_apart",
    "answers_of",
    "as_id",
    "attached_to",
    "attachment_for",
    "attachments_for",
    "attachments_of",
    "correction_of",
    "drafts_for",
    "expired_drafts",
    "given_facts",
    "latest_answers",
    "missing",
    "newer_version",
    "one",
    "patients_for",
    "policy_of",
    "prescribers_for",
    "profile_of",
    "queue",
    "ready_to_sign_for",
    "renewals_for",
    "request_for",
    "requests_for",
    "submission_of",
    "submission_of_correction",
    "submissions_of",
    "visible_to",
    "walk_for",
    "whose_latest",
    "with_latest_submission",
    "with_people",
]
