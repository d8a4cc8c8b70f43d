"""Handing out a file that somebody else made: to be saved, and shown nowhere on this site."""

from __future__ import annotations

from typing import IO

from django.http import FileResponse


def to_save(file: IO[bytes], *, name: str, content_type: str) -> FileResponse:
    """The file as a download. A browser that shows it all the same gives it no origin, script or guess of its kind."""
    return FileResponse(
        file,
        as_attachment=True,
        filename=name,
        content_type=content_type,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store, private",
            "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
        },
    )
