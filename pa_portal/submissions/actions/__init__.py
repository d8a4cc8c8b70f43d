"""Every write of patients, prescribers, requests and submissions.

Each action is one transaction and writes its audit row in it. ``by`` is who acts; ``version`` the version token of the
page they acted on. All raise Request.DoesNotExist for a request that is missing or not theirs, Stale when somebody
changed it meanwhile, NotAllowed when the role or the state forbids the act, and ValidationError (a message for each
field or fact) for values that cannot be taken. A save that would change nothing is no error, whatever its token.
"""

from pa_portal.submissions.actions.attachments import add_attachment, open_attachment, remove_attachment
from pa_portal.submissions.actions.corrections import start_correction
from pa_portal.submissions.actions.drafts import (
    POLICY,
    copy_request,
    save_answers,
    save_diagnosis,
    save_rationale,
    save_treatment,
    start_draft,
)
from pa_portal.submissions.actions.leaving import discard_draft, expire_drafts, withdraw
from pa_portal.submissions.actions.people import save_patient, save_prescriber, save_profile
from pa_portal.submissions.actions.sending import mark_ready_to_sign, respond, submit

__all__ = [
    "POLICY",
    "add_attachment",
    "copy_request",
    "discard_draft",
    "expire_drafts",
    "mark_ready_to_sign",
    "open_attachment",
    "remove_attachment",
    "respond",
    "save_answers",
    "save_diagnosis",
    "save_patient",
    "save_prescriber",
    "save_profile",
    "save_rationale",
    "save_treatment",
    "start_correction",
    "start_draft",
    "submit",
    "withdraw",
]
