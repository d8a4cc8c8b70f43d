"""Who is signed in, without a query beside the session's own; and that they were here."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from pa_portal.accounts import identity
from pa_portal.accounts.models import User
from pa_portal.accounts.sessions import session_of


def _current(request: HttpRequest) -> User | AnonymousUser:
    return _read_with_session(request) or get_user(request)


def _read_with_session(request: HttpRequest) -> User | None:
    """The person whose session this is; None where Django has to look closer, as for a changed password."""
    session = session_of(request)
    person = session.person
    if person is None or not person.is_active or session.get(SESSION_KEY) != str(person.pk):
        return None
    if session.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    proof = session.get(HASH_SESSION_KEY, "")
    return person if constant_time_compare(proof, person.get_session_auth_hash()) else None


class SignedIn(AuthenticationMiddleware):
    """Django's own, taking the person from the session's row; and a session that was looked at counts as used."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        identity.forget()
        request.user = SimpleLazyObject(lambda: _current(request))  # type: ignore[assignment]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        session = session_of(request)
        # One that was changed is written anyway. A stream may hold the connection until it has been read.
        if session.begun and not session.modified and not response.streaming:
            session.note_use()
        return response
