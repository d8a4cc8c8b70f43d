"""PNG: every chunk whole and in place, nothing after the end, and pixels that unpack to exactly the stated size."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from pa_portal.submissions.files.images import check_dimensions
from pa_portal.submissions.files.inflating import MOST_DECODED, TOO_LARGE, inflate
from pa_portal.submissions.files.unacceptable import DAMAGED, Unacceptable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_CHUNKS = 100_000
# Samples a pixel and allowed bit depths, by colour type.
_COLOURS = {0: (1, (1, 2, 4, 8, 16)), 2: (3, (8, 16)), 3: (1, (1, 2, 4, 8)), 4: (2, (8, 16)), 6: (4, (8, 16))}
# Adam7: first column and row of each pass, and the steps between.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(frozen=True, slots=True)
class _Header:
    width: int
    height: int
    bits: int
    interlaced: bool

    def decoded_size(self) -> int:
        """Bytes that the pixels unpack to, with the filter byte of each row."""
        passes = _PASSES if self.interlaced else ((0, 0, 1, 1),)
        total = 0
        for left, top, across, down in passes:
            columns, rows = -(-(self.width - left) // across), -(-(self.height - top) // down)
            if columns > 0 and rows > 0:
                total += rows * (1 + -(-columns * self.bits // 8))
        return total


def check(data: bytes) -> None:
    """Raise Unacceptable unless ``data`` is one whole PNG picture of bearable size."""
    header: _Header | None = None
    pixels: list[bytes] = []
    previous = b""
    for name, body in _chunks(data):
        if header is None:
            header = _header(name, body)
        elif name == b"IDAT":
            if pixels and previous != b"IDAT":
                raise Unacceptable(DAMAGED)
            pixels.append(body)
        elif name in (b"IHDR", b"IEND"):
            break
        previous = name
    if header is None or name != b"IEND" or body or not pixels:
        raise Unacceptable(DAMAGED)
    size = header.decoded_size()
    if size > MOST_DECODED:
        raise Unacceptable(TOO_LARGE)
    if sum(len(piece) for piece in inflate(b"".join(pixels), at_most=size)) != size:
        raise Unacceptable(DAMAGED)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and body of each chunk. Raises Unacceptable for a broken one, or anything after the last."""
    at = len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        if at >= len(data):
            return
        length, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        end = at + 12 + length
        if (
            end > len(data)
            or not name.isalpha()
            or zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end])
        ):
            raise Unacceptable(DAMAGED)
        if name == b"IEND" and end != len(data):
            raise Unacceptable(DAMAGED)
        yield name, data[at + 8 : end - 4]
        at = end
    raise Unacceptable(DAMAGED)


def _header(name: bytes, body: bytes) -> _Header:
    if name != b"IHDR" or len(body) != 13:
        raise Unacceptable(DAMAGED)
    width, height = int.from_bytes(body[:4]), int.from_bytes(body[4:8])
    depth, colour, compression, filtering, interlace = body[8:]
    samples, depths = _COLOURS.get(colour, (0, ()))
    if depth not in depths or compression or filtering or interlace > 1:
        raise Unacceptable(DAMAGED)
    check_dimensions(width, height)
    return _Header(width, height, samples * depth, bool(interlace))
