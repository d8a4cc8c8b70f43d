"""What counts as an attempt at signing in: sending a form, never a look at its page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed


def sending_counts(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a view of django-allauth's that takes HEAD as the GET it is, and refuses what is neither GET nor POST.

    allauth counts every method but GET against the limits of ACCOUNT_RATE_LIMITS. The server leaves out HEAD's body.
    """

    @wraps(view)
    def ask(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "HEAD":
            request.method = "GET"
        if request.method not in ("GET", "POST"):
            return HttpResponseNotAllowed(("GET", "HEAD", "POST"))
        return view(request, *args, **kwargs)

    return ask
