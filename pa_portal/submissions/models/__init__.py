"""What a provider told us, unjudged: patients, prescribers, requests, answers, documents, and what was submitted."""

from pa_portal.submissions.models.attachment import ATTACHMENT_BYTES, Attachment, AttachmentKind
from pa_portal.submissions.models.people import LineOfBusiness, Patient, Prescriber, Sex
from pa_portal.submissions.models.request import (
    HEIGHT_CM,
    WEIGHT_KG,
    Request,
    RequestType,
    State,
    Urgency,
    draft_life,
)
from pa_portal.submissions.models.submission import FLAGGED, Answer, Submission
from pa_portal.submissions.models.tree import CriteriaTree

__all__ = [
    "ATTACHMENT_BYTES",
    "FLAGGED",
    "HEIGHT_CM",
    "WEIGHT_KG",
    "Answer",
    "Attachment",
    "AttachmentKind",
    "CriteriaTree",
    "LineOfBusiness",
    "Patient",
    "Prescriber",
    "Request",
    "RequestType",
    "Sex",
    "State",
    "Submission",
    "Urgency",
    "draft_life",
]
