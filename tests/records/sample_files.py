"""Small files of the kinds that are taken, and ways to spoil them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from pa_portal.demo.documents import page

PDF = page("Pathology report", "ER 80%")
# One grey pixel, baseline.
JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "01" * 64 + "ffc0000b080001000101011100"
    "ffc40014000100000000000000000000000000000009ffc40014100100000000000000000000000000000000"
    "ffda0008010100003f0054ffd9"
)


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int = 2, height: int = 2, *, pixels: bytes | None = None, interlace: int = 0, extra: bytes = b""
) -> bytes:
    """A picture of eight-bit grey, all black; ``pixels`` are the compressed rows instead."""
    rows = zlib.compress(b"\x00" * (height * (width + 1))) if pixels is None else pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def pdf_with(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF holding these objects; ``trailer`` goes into its trailer."""
    body = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % item for item in enumerate(objects, start=1))
    return body + b"xref\n0 1\ntrailer\n<< /Size 1 %s >>\nstartxref\n%d\n%%%%EOF\n" % (trailer, len(body))


def stream(data: bytes, dictionary: bytes = b"/Filter /FlateDecode") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(data), data)


def zip_of(content: bytes = b"hello") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", content)
    return out.getvalue()


def zeros(megabytes: int) -> bytes:
    """A zlib stream, a thousandth as large, that unpacks to this much."""
    packer = zlib.compressobj(9)
    piece = bytes(1024 * 1024)
    return b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()
