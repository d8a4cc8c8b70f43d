"""What is answered when something breaks: 503 where the database or the disk is in trouble, 500 for all else.

Django calls these for an exception from a view or from any middleware, so there is one place for it.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, InternalError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBadRequest,
    HttpResponseServerError,
    UnreadablePostError,
)
from django.http.request import RawPostDataException
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache

RETRY_SECONDS = 10
# A disk that is full, over its quota, broken or mounted read-only after an error.
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS})
# Postgres's read_only_sql_transaction: the server that answers has become a standby.
READ_ONLY = "25006"


def passing(error: BaseException | None) -> bool:
    """Whether this error comes from the database or disk being unavailable, so that trying again later may work."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    if isinstance(error, InternalError):
        return getattr(error.__cause__, "sqlstate", None) == READ_ONLY
    return isinstance(error, OSError) and error.errno in DISK_ERRORS


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's ``handler500``."""
    if passing(sys.exc_info()[1]):
        return _unavailable(request)
    return HttpResponseServerError(render_to_string("500.html"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's ``handler400``: also for a session that could not be written, whatever the reason."""
    if isinstance(exception, SessionInterrupted) and any(passing(error) for error in _chain(exception)):
        return _unavailable(request)
    return HttpResponseBadRequest(render_to_string("400.html"))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that were being handled when it came."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__context__


@never_cache
def _unavailable(request: HttpRequest) -> HttpResponse:
    """Say that it could not be done, with what was typed ready to be sent again.

    Uses nothing that needs the database: neither the session nor who is signed in.
    """
    sent = request.method == "POST"
    again = _to_send_again(request) if sent else ()
    context = {
        "title": "This was not confirmed" if sent else "The portal cannot answer for a moment",
        "sent": sent,
        "path": request.get_full_path(),
        "again": again,
        "csrf_token": get_token(request) if again else "",
    }
    response = HttpResponse(render_to_string("503.html", context), status=503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _to_send_again(request: HttpRequest) -> list[tuple[str, str]]:
    """The form's fields, to be sent again with one button; empty where that must not be offered.

    Only a form that was found to come from the portal itself: otherwise another site could put words into ours.
    """
    if not getattr(request, "csrf_processing_done", False):
        return []
    try:
        pairs = [(name, value) for name, values in request.POST.lists() for value in values if isinstance(value, str)]
        files = bool(request.FILES)
    except (OSError, UnreadablePostError, RawPostDataException):
        return []
    # Neither a file nor a password or one-time code goes back into a page.
    if files or any(name == "code" or "password" in name.lower() for name, _ in pairs):
        return []
    return [(name, value) for name, value in pairs if name != "csrfmiddlewaretoken"]
