"""The signature under a submission: who signed, in what capacity, when, and what signing means."""

from __future__ import annotations

import datetime
from typing import Any

from pa_portal.accounts import identity
from pa_portal.accounts.models import User
from pa_portal.submissions.models import Request

MEANING = (
    "I prescribe this treatment or act for the prescriber who does. I have read this request. To the best of my "
    "knowledge it is true and complete, and the patient's record supports it."
)


def attest(request: Request, *, by: User, at: datetime.datetime) -> dict[str, Any]:
    """Return the signature as the submission keeps it.

    ``method`` and ``confirmed_at`` say how and when last the signer showed who they are. ``prepared_by`` and
    ``prepared_at`` name who marked the draft ready to sign, if somebody did. Times are ISO text.
    """
    preparer, prepared = request.ready_to_sign_by, request.ready_to_sign_at
    return {
        "meaning": MEANING,
        "signed_by": _person(by),
        "signed_at": at.isoformat(),
        **identity.as_json(),
        "prepared_by": _person(preparer) if preparer else None,
        "prepared_at": prepared.isoformat() if prepared else None,
    }


def _person(user: User) -> dict[str, str]:
    return {
        "id": str(user.pk),
        "name": user.get_full_name(),
        "role": user.role,
        "role_name": user.get_role_display(),
        "title": user.title,
    }
