"""What is refused before Django reads a request: it would fail on it outside every view and error page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

# Digits of a length: nothing that fits into any machine has more.
LONGEST_LENGTH = 20
_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store, private"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]


def readable(environ: dict[str, Any]) -> bool:
    """Whether the request says that it is written in UTF-8, or does not say; and its length, if any, is a number.

    Every page here is in UTF-8, so every form of it is. Python knows a hundred other encodings by name: some make lone
    surrogates of plain letters, and some are not of text at all, at which Django fails while it makes its request. It
    fails, too, on a length that is no number, once a page reads the form.
    """
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit() and len(length) <= LONGEST_LENGTH):
        return False
    try:
        _, given = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
    except ValueError:
        return False
    return given.get("charset", "utf-8").strip().lower() in ("utf-8", "utf8")


def readable_alone(application: Application) -> Application:
    """The application, behind an answer of 400 to what is not ``readable``."""

    def guarded(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if readable(environ):
            return application(environ, start_response)
        start_response("400 Bad Request", _HEADERS)
        return [b"The request could not be read. Send it in UTF-8, with its length in digits."]

    return guarded
