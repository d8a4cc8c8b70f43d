"""Decompressing without being flooded: what comes out is counted and thrown away, or kept up to a limit."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from pa_portal.submissions.files.unacceptable import DAMAGED, Unacceptable

PIECE = 1024 * 1024
# A sheet scanned at 600 dpi in colour takes about a quarter of this.
MOST_DECODED = 400_000_000
TOO_LARGE = "The file unpacks to more than can be opened safely. Scan or print it at a lower resolution."


def inflate(data: bytes, *, at_most: int, whole: bool = True) -> Iterator[bytes]:
    """Yield what a zlib stream unpacks to, in pieces.

    Raises Unacceptable as soon as that is more than ``at_most`` bytes, and when the stream is broken or cut off, unless
    it need not be ``whole``. What follows the stream is ignored.
    """
    unpacker = zlib.decompressobj()
    left = at_most
    while not unpacker.eof:
        try:
            piece = unpacker.decompress(data, PIECE)
        except zlib.error as error:
            if whole:
                raise Unacceptable(DAMAGED) from error
            return
        data = unpacker.unconsumed_tail
        if not piece and not data and not unpacker.eof:
            if whole:
                raise Unacceptable(DAMAGED)
            return
        left -= len(piece)
        if left < 0:
            raise Unacceptable(TOO_LARGE)
        yield piece
