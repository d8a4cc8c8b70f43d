"""Work that waits until the response is with the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

Work = Callable[[], Any]
_KEY = "_after_response"


def after_response(request: HttpRequest, work: Work) -> None:
    """Do ``work`` once the response to ``request`` has been sent. Nobody is told if it fails but the log."""
    vars(request).setdefault(_KEY, []).append(work)


class AfterResponse:
    """The middleware that hands what was put off to the response: a server closes that when it has sent it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response._resource_closers.extend(vars(request).pop(_KEY, []))  # type: ignore[attr-defined]
        return response
