"""How sure the portal is of who is there: by what they have shown in this session, and how long ago."""

from __future__ import annotations

import datetime
import time
from contextvars import ContextVar
from dataclasses import dataclass

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.http import HttpRequest

from pa_portal.accounts.models import User
from pa_portal.accounts.sessions import session_of

WORDS = {
    "password": "password",
    "totp": "authenticator app",
    "webauthn": "passkey",
    "recovery_codes": "recovery code",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody showed to be who they are ("password, authenticator app"), and when last (seconds since 1970)."""

    methods: str
    at: float


_NONE = Proof("", 0)
_shown: ContextVar[Proof] = ContextVar("identity_shown", default=_NONE)


def as_json() -> dict[str, str | None]:
    """What a signature keeps of it: ``method`` in words, and ``confirmed_at`` as ISO text."""
    found = shown()
    at = datetime.datetime.fromtimestamp(found.at, datetime.UTC).isoformat() if found.at else None
    return {"method": found.methods, "confirmed_at": at}


def shown() -> Proof:
    """What the person showed whose request the running code serves; nothing outside of such a request."""
    return _shown.get()


def forget() -> None:
    """Nobody has shown anything yet: a new request begins."""
    _shown.set(_NONE)


def _records(request: HttpRequest) -> list[dict[str, object]]:
    user = request.user
    return get_authentication_records(request, user) if isinstance(user, User) else []


def proof(request: HttpRequest) -> Proof:
    """What was shown in this session. Signing in is the least, and counts as of when the session began."""
    records = _records(request)
    kinds = [WORDS.get(str(record.get("type") or record["method"]), "") for record in records]
    began = session_of(request).started_at()
    last = max([float(str(record["at"])) for record in records] + ([began.timestamp()] if began else [0]))
    return Proof(", ".join(dict.fromkeys(kind for kind in kinds if kind)), last)


def sure(request: HttpRequest) -> bool:
    """Whether the person has shown who they are within the last CONFIRM_SECONDS."""
    return request.user.is_authenticated and time.time() - proof(request).at < settings.CONFIRM_SECONDS


def require(request: HttpRequest) -> None:
    """Ask for password or second factor first, unless the portal is sure of who is there; and note it for signatures.

    What was sent is kept in the session on the server, and taken up again when they have shown who they are: the
    view is called anew. Call this before anything is written.
    """
    if not sure(request):
        raise ReauthenticationRequired
    _shown.set(proof(request))


def note_second_factor(request: HttpRequest, kind: str) -> None:
    """Somebody has just set up a second factor, and shown that they have it."""
    assert isinstance(request.user, User)
    record_authentication(request, request.user, "mfa", type=kind)


def has_second_factor(request: HttpRequest) -> bool:
    """Whether a second factor was shown in this session."""
    return any(record["method"] == "mfa" for record in _records(request))
