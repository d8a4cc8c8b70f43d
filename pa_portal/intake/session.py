"""How long a signed-in session still lasts. The server drops a session some hours after it was last written.

The moment stands in the session itself, so that a page can tell it without asking the database.
"""

from __future__ import annotations

import time

from django.contrib.sessions.backends.base import SessionBase

KEY = "ends_at"


def renew(session: SessionBase) -> None:
    """Let the session last, from now, as long as a new one does."""
    session[KEY] = int(time.time()) + session.get_expiry_age()


def seconds_left(session: SessionBase) -> int:
    """Seconds until the session ends; the first time anybody asks, it is renewed."""
    if KEY not in session:
        renew(session)
    return max(0, int(session[KEY]) - int(time.time()))
