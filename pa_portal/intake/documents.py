"""The documents of a request as its pages show them, and what a correction changes."""

from __future__ import annotations

from dataclasses import dataclass

from criteria.questions import Walk
from pa_portal.intake.journey import Journey
from pa_portal.intake.words import section
from pa_portal.submissions import queries
from pa_portal.submissions.differences import Difference, differ
from pa_portal.submissions.documents import Needed, documents_needed
from pa_portal.submissions.models import Attachment, Request
from pa_portal.submissions.snapshot import compose


@dataclass(frozen=True, slots=True)
class Documents:
    """``attached``: each document with the labels of the criteria it supports.

    ``missing``: the kinds still wanted, each with the criteria it would bear out, as (label, section).
    """

    attached: tuple[tuple[Attachment, tuple[str, ...]], ...]
    needed: tuple[Needed, ...]

    @property
    def missing(self) -> list[tuple[str, list[tuple[str, str]]]]:
        return [
            (each.label, [(node.label, section(node.cite)) for node in each.criteria])
            for each in self.needed
            if each.missing
        ]


def of(request: Request, walk: Walk) -> Documents:
    """The documents of a request that can still be changed."""
    criteria = queries.policy_of(request).criteria
    here = queries.attached_to(request)
    attached = tuple((each, tuple(criteria[name].label for name in each.criteria if name in criteria)) for each in here)
    return Documents(attached, documents_needed(request, walk, here))


def changes(journey: Journey) -> tuple[Difference, ...]:
    """What a correction would change of what was sent; nothing for other drafts, or until it is complete."""
    draft = journey.draft
    if draft.corrects_id is None or not journey.complete:
        return ()
    assert draft.corrects is not None
    sent = queries.submission_of(draft.corrects)
    assert sent is not None
    now = compose(draft, journey.policy, journey.walk, journey.decision, attestation={})
    return tuple(differ(sent.content, now))
