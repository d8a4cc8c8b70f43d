"""The browsers in which somebody is signed in, for them to see and to end.

What is kept of a browser is its kind and system, in the session's own signed text; no address, and no more of what it
says of itself. A session's key is never shown: a page names it by a hash.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from pa_portal.accounts import actions
from pa_portal.accounts.models import Session, User
from pa_portal.accounts.sessions import SessionStore, session_of

BROWSER = "browser"
SALT = "pa_portal.accounts.own_sessions"
# The first whose mark is there, as browsers name others besides themselves.
_KINDS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/|FxiOS/", "Firefox"),
    ("Chrome/|CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone|iPad", "iOS"),
    ("Mac OS X", "macOS"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One session. ``name`` stands for it in forms; ``this`` is the one that asks."""

    key: str
    name: str
    browser: str
    started_at: datetime.datetime
    seen_at: datetime.datetime
    this: bool


def note_browser(request: HttpRequest) -> None:
    """Keep in the session that has just begun which kind of browser it is in."""
    request.session[BROWSER] = browser_of(request.META.get("HTTP_USER_AGENT", ""))


def browser_of(user_agent: str) -> str:
    """Return "Firefox on Windows" or as much as can be told."""
    kind, system = (
        next((name for mark, name in known if re.search(mark, user_agent)), "") for known in (_KINDS, _SYSTEMS)
    )
    return f"{kind or 'A browser'} on {system}" if system else kind or "Unknown browser"


def of_asker(request: HttpRequest) -> list[Line]:
    """Return where whoever asks is signed in: this session first, then the last used. Ended ones are not there."""
    assert isinstance(request.user, User)
    proof, this = request.user.get_session_auth_hash(), session_of(request).session_key
    found = []
    for row in Session.objects.filter(user=request.user, expire_date__gt=timezone.now()):
        kept = SessionStore().decode(row.session_data)
        # One from before another password was chosen opens nothing any more.
        if constant_time_compare(kept.get(HASH_SESSION_KEY, ""), proof):
            found.append(
                Line(
                    row.session_key,
                    salted_hmac(SALT, row.session_key, algorithm="sha256").hexdigest(),
                    kept.get(BROWSER, "Unknown browser"),
                    row.started_at,
                    row.seen_at,
                    row.session_key == this,
                )
            )
    return sorted(found, key=lambda line: (line.this, line.seen_at), reverse=True)


def end(request: HttpRequest, name: str) -> int:
    """End the other session that ``name`` stands for, or all others for "others". Returns how many there were."""
    assert isinstance(request.user, User)
    keys = [line.key for line in of_asker(request) if not line.this and name in (line.name, "others")]
    return actions.end_sessions(by=request.user, keys=keys)
