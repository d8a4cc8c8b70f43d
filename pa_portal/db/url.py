"""A DATABASE_URL, read into the pieces Django wants."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from pa_portal.db.errors import DatabaseError

SCHEMES = {"postgres", "postgresql"}


class BadDatabaseURL(DatabaseError):
    """The DATABASE_URL cannot be used; the message says why and never repeats the password."""


def parse(url: str) -> dict[str, Any]:
    """Return NAME, USER, PASSWORD, HOST, PORT and OPTIONS for a ``postgres://`` URL.

    A Unix socket folder goes in ``?host=/folder``. Other query parameters (``sslmode`` and the like) become OPTIONS.
    Raises BadDatabaseURL for another scheme, a port that is not a number, or a URL without a database name.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise BadDatabaseURL(
            f"DATABASE_URL starts with {parts.scheme or 'no scheme'!r}; it must start with postgres://"
        )
    try:
        port = parts.port
    except ValueError:
        raise BadDatabaseURL("DATABASE_URL has a port that is not a number from 0 to 65535") from None
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise BadDatabaseURL("DATABASE_URL names no database: it must look like postgres://user@host:5432/name")
    return {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(options.pop("port", "") or port or ""),
        "OPTIONS": options,
    }


def socket_url(folder: str, *, user: str, name: str, port: int) -> str:
    """The URL of a database reached over the Unix socket in ``folder``; ``port`` is a part of the socket's name."""
    # libpq takes a plus sign in a query for itself, so a space must become %20.
    query = urlencode({"host": folder, "port": port}, quote_via=quote)
    return f"postgresql://{quote(user)}@/{quote(name)}?{query}"
