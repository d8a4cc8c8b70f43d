"""Which HTTP request the running code serves, so that records can say so without being told at every call."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act came from: a random id for the HTTP request, and the peer's address if known."""

    request_id: str = ""
    ip: str | None = None


_NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("audit_origin", default=_NOWHERE)


def current() -> Origin:
    """Return the origin of the running code; empty outside an HTTP request."""
    return _origin.get()


class OriginMiddleware:
    """Give each HTTP request a random id, kept for the audit record and returned as ``X-Request-ID``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        origin = Origin(request_id=uuid.uuid4().hex, ip=request.META.get("REMOTE_ADDR") or None)
        token = _origin.set(origin)
        try:
            response = self.get_response(request)
        finally:
            _origin.reset(token)
        response["X-Request-ID"] = origin.request_id
        return response
