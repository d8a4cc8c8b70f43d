"""The documents of a submission, as the case page lists them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat

from pa_portal.determinations.case import Case
from pa_portal.submissions.models import AttachmentKind


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it was sent: ``size`` in words, ``supports`` the labels of the criteria it bears on."""

    id: str
    name: str
    kind: str
    size: str
    by: str
    at: datetime.datetime
    criteria: tuple[str, ...]
    supports: tuple[str, ...]


def of(case: Case) -> tuple[Document, ...]:
    """Return the documents that came with a submission, in its order."""
    known = case.policy.criteria
    return tuple(
        Document(
            id=sent["id"],
            name=sent["name"],
            kind=str(AttachmentKind(sent["kind"]).label),
            size=filesizeformat(sent["size"]),
            by=sent["uploaded_by"],
            at=datetime.datetime.fromisoformat(sent["uploaded_at"]),
            criteria=tuple(sent["criteria"]),
            supports=tuple(known[id].label for id in sent["criteria"] if id in known),
        )
        for sent in case.content.get("attachments", ())
    )


def missing(case: Case) -> tuple[str, ...]:
    """Return the kinds of document that the answers rest on and that did not come."""
    return tuple(str(AttachmentKind(kind).label) for kind in case.content.get("documents_missing", ()))
