"""Signatures: who signed, in what capacity, when, what signing means, and the hash of what was signed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from pa_portal.accounts import identity
from pa_portal.accounts.models import User
from pa_portal.determinations.models import AppealOutcome, AuthorizationVoid, Determination, Recommendation
from pa_portal.submissions.snapshot import digest

MEANINGS = {
    "approved": "I reviewed this request against the policy named here, and I approve it.",
    "denied": "I am a medical director of this plan. I reviewed this request against the policy named here, and I deny "
    "it for the reasons given.",
    "pended": "I reviewed this request, and the information asked for is needed to decide it.",
    "automatic": "Every criterion of the policy named here is met. The plan's rules approve such a request without a "
    "reviewer.",
    "recommended": "I reviewed this request against the policy named here, and I recommend that a medical director "
    "deny it for the reasons given.",
    "voided": "I am a medical director of this plan. This authorization was made in error, and I make it void.",
    "upheld": "I am a medical director of this plan and had no part in the decision appealed. I reviewed it, and I "
    "keep it for the reasons given.",
    "overturned": "I had no part in the decision appealed. I reviewed it, and I change it.",
    "withdrawn": "I withdraw this appeal for the provider who filed it.",
}


def sign(meaning: str, content: Mapping[str, Any], *, by: User | None, at: datetime.datetime) -> dict[str, Any]:
    """Return the signature as a record keeps it. ``meaning`` is a key of MEANINGS; ``by`` is None for the rules.

    Holds the signer's id, name, credentials, role and title as they are now, the time as ISO text, the meaning in
    words, how they showed who they are and when last (``method``, ``confirmed_at``), and ``sha256``: the hash, in hex,
    of ``content`` as canonical JSON.
    """
    return {
        "id": str(by.pk) if by else None,
        "name": f"{by.first_name} {by.last_name}" if by else "",
        "credentials": by.credentials if by else "",
        "role": by.role if by else "",
        "role_name": by.get_role_display() if by else "",
        "title": by.title if by else "",
        "at": at.isoformat(),
        "meaning": MEANINGS[meaning],
        **identity.as_json(),
        "sha256": digest(content),
    }


def content_of(determination: Determination) -> dict[str, Any]:
    """Return what the signature of a determination covers: everything about it that is not the signature."""
    return {
        "request": str(determination.request_id),
        "submission": determination.submission.digest,
        "decision": determination.decision,
        "policy": {
            "id": determination.policy_id,
            "version": determination.policy_version,
            "digest": determination.policy_digest,
        },
        "outcome": determination.outcome,
        "reasons": determination.reasons,
        "rationale": determination.rationale,
        "information_needed": determination.information_needed,
        "respond_by": determination.respond_by.isoformat() if determination.respond_by else None,
        "terms": determination.terms,
        "modification_reason": determination.modification_reason,
        "supersedes": str(determination.supersedes_id) if determination.supersedes_id else None,
    }


def recommended(recommendation: Recommendation) -> dict[str, Any]:
    """Return what the signature of a recommendation covers."""
    return {
        "request": str(recommendation.request_id),
        "submission": recommendation.submission.digest,
        "reasons": recommendation.reasons,
        "rationale": recommendation.rationale,
    }


def voided(made: AuthorizationVoid) -> dict[str, Any]:
    """Return what the signature of a void covers."""
    return {"authorization": made.authorization.number, "reason": made.reason, "appeal_by": made.appeal_by.isoformat()}


def appealed(outcome: AppealOutcome) -> dict[str, Any]:
    """Return what the signature of an appeal's outcome covers."""
    determination = outcome.determination
    return {
        "appeal": str(outcome.appeal_id),
        "kind": outcome.kind,
        "explanation": outcome.explanation,
        "rationale": outcome.rationale,
        "determination": str(determination.pk) if determination else None,
    }


def sign_determination(determination: Determination, *, by: User | None) -> None:
    """Put the signature, the signer and their role on a determination that is otherwise complete and not yet saved."""
    determination.decided_by = by
    determination.decided_role = by.role if by else ""
    meaning = determination.decision if by else "automatic"
    determination.signature = sign(meaning, content_of(determination), by=by, at=determination.decided_at)


def genuine(determination: Determination) -> bool:
    """Whether what was signed is what stands there. True for a determination from before there were signatures."""
    return not determination.signature or determination.signature["sha256"] == digest(content_of(determination))
