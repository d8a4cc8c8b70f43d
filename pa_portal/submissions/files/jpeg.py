"""JPEG: every segment in place from start to end of image, and nothing after it but more whole JPEG pictures.

Telephones append such pictures (previews, brightness maps).
"""

from __future__ import annotations

import re

from pa_portal.submissions.files.images import check_dimensions
from pa_portal.submissions.files.unacceptable import DAMAGED, Unacceptable

SIGNATURE = b"\xff\xd8\xff"
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_FILLING = re.compile(rb"\xff+")
_NEXT_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7]")
MOST_SCANS = 200


def check(data: bytes) -> None:
    """Raise Unacceptable unless ``data`` is whole JPEG pictures of bearable size, and nothing else."""
    at = 0
    while at < len(data):
        at = _picture(data, at)
        if not data[at:].strip(b"\x00"):
            return
    raise Unacceptable(DAMAGED)


def _picture(data: bytes, at: int) -> int:
    """Return the place after the picture that begins at ``at``."""
    if data[at : at + 3] != SIGNATURE:
        raise Unacceptable(DAMAGED)
    at += 2
    framed, scans = False, 0
    while True:
        marker, at = _marker(data, at)
        if marker == _END:
            if not framed or not scans:
                raise Unacceptable(DAMAGED)
            return at
        if marker in _ALONE:
            continue
        length = int.from_bytes(data[at : at + 2])
        if length < 2 or at + length > len(data) or marker == _START:
            raise Unacceptable(DAMAGED)
        if marker in _FRAMES:
            check_dimensions(int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 3 : at + 5]))
            framed = True
        at += length
        if marker == _SCAN:
            scans += 1
            at = _after_scan(data, at)
        if scans > MOST_SCANS:
            raise Unacceptable(DAMAGED)


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """Return the marker at ``at`` and the place after it; any number of FF may come before it."""
    filling = _FILLING.match(data, at)
    if filling is None or filling.end() >= len(data) or data[filling.end()] == 0:
        raise Unacceptable(DAMAGED)
    return data[filling.end()], filling.end() + 1


def _after_scan(data: bytes, at: int) -> int:
    """Return the place of the first marker after a scan's data. There, FF is followed by 00 or a restart marker."""
    found = _NEXT_MARKER.search(data, at)
    if found is None:
        raise Unacceptable(DAMAGED)
    return found.start()
