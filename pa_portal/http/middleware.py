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


class NoStore:
    """Keep every page out of every cache, the browser's included; styles and scripts never get this far.

    Not pages for signed-in users alone: the one that asks somebody to sign in again holds what they typed.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        add_never_cache_headers(response)
        return response


class IsolationHeaders:
    """Say that no other site may load an answer of this one, and that no page needs any of the browser's devices."""

    NOT_NEEDED = (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "screen-wake-lock",
        "serial",
        "usb",
        "xr-spatial-tracking",
    )

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = ", ".join(f"{name}=()" for name in self.NOT_NEEDED)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Permissions-Policy", self.policy)
        return response
