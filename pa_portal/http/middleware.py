"""Small rules that hold for every request."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.cache import add_never_cache_headers

GetResponse = Callable[[HttpRequest], HttpResponse]


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
