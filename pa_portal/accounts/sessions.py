"""Sessions in the database, read together with who is signed in, and ended by the server.

A session ends ``SESSION_IDLE_SECONDS`` after it was last used, and ``SESSION_LONGEST_SECONDS`` after it began, whatever
the browser keeps. Its row says when it began, when it was last used and whose it is: one query gives the session, the
person and their organization, and ending all sessions of a person is one statement.
"""

from __future__ import annotations

import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils import timezone

from pa_portal.accounts.prepared import Prepared

if TYPE_CHECKING:
    from pa_portal.accounts.models import Session, User

# The moment of last use is written no more often than this.
NOTE_EVERY = datetime.timedelta(minutes=1)


@cache
def _stored() -> Prepared[Session]:
    """A session that has not ended, with its person and their organization."""
    from pa_portal.accounts.models import Session

    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    found = Session.objects.filter(session_key="key", expire_date__gt=now).select_related("user__organization")
    return Prepared(found, {"key": "key", now: "now"})


def _end(started: datetime.datetime, seen: datetime.datetime) -> datetime.datetime:
    idle = datetime.timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    longest = datetime.timedelta(seconds=settings.SESSION_LONGEST_SECONDS)
    return min(seen + idle, started + longest)


class SessionStore(db.SessionStore):
    """Django's database store with the two limits. ``passive`` keeps a request from counting as use."""

    passive = False
    _row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Any]:
        from pa_portal.accounts.models import Session

        return Session

    @property
    def person(self) -> User | None:
        """Who is signed in, as read with the session; None for nobody, or for somebody who signed in just now."""
        row = self._loaded()
        return row._state.fields_cache.get("user") if row else None

    @property
    def begun(self) -> bool:
        """Whether this request has read or made a session that is stored."""
        return self._row is not None

    def started_at(self) -> datetime.datetime | None:
        """When it began, which is when somebody signed in; None when there is no session."""
        row = self._loaded()
        return row.started_at if row else None

    def ends_at(self) -> datetime.datetime:
        """When the session ends if nothing is asked for after this request; now, when there is none."""
        row = self._loaded()
        if row is None:
            return timezone.now()
        return _end(row.started_at, timezone.now() if self._due() else row.seen_at)

    def seconds_left(self) -> int:
        """Whole seconds until ``ends_at``."""
        return max(0, int((self.ends_at() - timezone.now()).total_seconds()))

    def cannot_be_extended(self) -> bool:
        """Whether using the session now would not make it last as long as it may lie idle."""
        row, now = self._loaded(), timezone.now()
        idle = datetime.timedelta(seconds=settings.SESSION_IDLE_SECONDS)
        return row is None or _end(row.started_at, now) < now + idle

    def note_use(self, *, always: bool = False) -> None:
        """Write that the session is used now, if that was written more than a minute ago; or ``always``."""
        if self._row is None or not (always or self._due()):
            return
        now = timezone.now()
        self._row.seen_at, self._row.expire_date = now, _end(self._row.started_at, now)
        # An update finds nothing where the session was ended meanwhile, so it cannot come back.
        type(self._row).objects.filter(pk=self._row.pk).update(seen_at=now, expire_date=self._row.expire_date)

    def _loaded(self) -> Session | None:
        self.get(SESSION_KEY)  # reads the row the first time that anything is asked for
        return self._row

    def _due(self) -> bool:
        return not self.passive and self._row is not None and timezone.now() - self._row.seen_at >= NOTE_EVERY

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key or ""
        self._row = _stored().first(key=key, now=timezone.now()) if key.isascii() and key.isalnum() else None
        if self._row is None:
            self._session_key = None
        return self._row

    def create(self) -> None:
        self._row = None
        super().create()

    def flush(self) -> None:
        super().flush()
        self._row = None

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        from pa_portal.accounts.models import Session

        now, before = timezone.now(), self._row
        self._row = Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            user_id=data.get(SESSION_KEY),
            started_at=before.started_at if before else now,
            seen_at=before.seen_at if before and self.passive else now,
        )
        self._row.expire_date = _end(self._row.started_at, self._row.seen_at)
        return self._row


def session_of(request: HttpRequest) -> SessionStore:
    """The session of a request, as what it is."""
    assert isinstance(request.session, SessionStore)
    return request.session
