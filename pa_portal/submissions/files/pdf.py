"""PDF: from its first byte to its end mark, with a table of contents that is where it says, and nothing active inside.

The document is not drawn. Its compressed streams are unpacked and counted, so that one that would flood a reader's
computer is found here, and those that hold objects are looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pa_portal.submissions.files.inflating import MOST_DECODED, TOO_LARGE, inflate
from pa_portal.submissions.files.unacceptable import DAMAGED, Unacceptable

SIGNATURE = b"%PDF-"
_HEADER = re.compile(rb"%PDF-[12]\.\d")
_ENDING = re.compile(rb"startxref\s+(\d{1,10})\s+%%EOF[\s\x00]*\Z")
_CONTENTS = re.compile(rb"\s*(xref\b|\d+\s+\d+\s+obj\b)")
_STREAM = re.compile(rb">>\s{0,32}stream\r?\n")
_PACKED = re.compile(rb"/(?:FlateDecode|Fl|LZWDecode|LZW)(?![0-9A-Za-z])")
# How long the ending may be; how many streams, and names or texts written in code, a document may have.
_TAIL, _MOST_STREAMS, _MOST_ESCAPED = 2048, 100_000, 100_000
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_ACTIVE = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|GoToE|XFA)(?![0-9A-Za-z_.-])"
)
_ENCRYPTED = re.compile(rb"/Encrypt(?![0-9A-Za-z_.-])")
_UNREADABLE = (
    "The file is protected by a password or by permissions, so the reviewer may not be able to read it. "
    "Print it to a new PDF and attach that one."
)
_LIVELY = (
    "The PDF contains scripts, forms that act, or other files inside, which are not accepted. "
    "Print it to a new PDF and attach that one."
)


def check(data: bytes) -> None:
    """Raise Unacceptable unless ``data`` is one whole, readable PDF of bearable size without active content."""
    ending = _ENDING.search(data, max(0, len(data) - _TAIL))
    if not _HEADER.match(data) or ending is None or not _CONTENTS.match(data, int(ending[1])):
        raise Unacceptable(DAMAGED)
    left = MOST_DECODED
    for plain, body in _parts(data):
        _look_into(plain)
        dictionary = plain[plain.rfind(b"obj") + 1 :]
        packings = len(_PACKED.findall(dictionary))
        if packings > 1:
            raise Unacceptable(TOO_LARGE)
        if not packings or b"/LZW" in dictionary:
            continue
        objects = bytearray()
        for piece in inflate(body, at_most=left, whole=False):
            left -= len(piece)
            if b"/ObjStm" in dictionary:
                objects += piece
        _look_into(objects)


def _parts(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield what is in plain text up to each stream, with the stream's data; the last has none.

    Raises Unacceptable for a stream that is begun in an unusual way, or does not end: it could hide what it holds.
    """
    at = streams = 0
    while begin := _STREAM.search(data, at):
        end, streams = data.find(b"endstream", begin.end()), streams + 1
        if end < 0 or streams > _MOST_STREAMS or data.find(b"endstream", at, begin.end()) >= 0:
            raise Unacceptable(DAMAGED)
        yield data[at : begin.end()], data[begin.end() : end]
        at = end + len(b"endstream")
    if data.find(b"endstream", at) >= 0:
        raise Unacceptable(DAMAGED)
    yield data[at:], b""


def _look_into(text: bytes | bytearray) -> None:
    """Raise Unacceptable if these objects make the document unreadable or active. Names may be written in code."""
    if text.count(b"#") > _MOST_ESCAPED:
        raise Unacceptable(DAMAGED)
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text)
    if _ENCRYPTED.search(plain):
        raise Unacceptable(_UNREADABLE)
    if _ACTIVE.search(plain):
        raise Unacceptable(_LIVELY)
