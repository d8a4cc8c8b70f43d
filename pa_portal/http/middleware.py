"""Small rules that hold for every request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.cache import add_never_cache_headers

GetResponse = Callable[[HttpRequest], HttpResponse]


class ClientAddress:
    """Take who asks from ``X-Forwarded-For`` where ``TRUSTED_PROXIES`` stand in front, so that records name the person.

    Each of them adds at the end whom it was asked by; what stands before that is the client's own word, and worth none.
    An entry that is no address leaves the proxy's.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        proxies = settings.TRUSTED_PROXIES
        said = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if proxies and len(said) >= proxies:
            with suppress(ValueError):
                request.META["REMOTE_ADDR"] = str(ip_address(said[-proxies].strip()))
        return self.get_response(request)


class RefuseNul:
    """Answer 400 to a NUL in the path, the query or a cookie: Postgres cannot hold one, and a look-up would fail.

    Forms refuse it by themselves, with a message at the field.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if (
            "\x00" in request.path_info
            or b"\x00" in unquote_to_bytes(query)
            or any("\x00" in value for value in request.COOKIES.values())
        ):
            return HttpResponseBadRequest(
                "The address or a cookie holds a character that is not allowed.", "text/plain"
            )
        return self.get_response(request)


class NoStoreWhenSignedIn:
    """Keep pages made for a signed-in user out of every cache, the browser's included."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # The session decides, not request.user: that one would cost pages which never look at it a query.
        if request.session.accessed and not request.session.is_empty():
            add_never_cache_headers(response)
        return response
