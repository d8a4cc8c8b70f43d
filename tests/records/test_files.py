"""What a file is, by its content: three kinds are taken, whole, of bearable size, and nothing else besides."""

from __future__ import annotations

import random
import zlib

import pytest

from pa_portal.submissions.files import Unacceptable, recognize
from tests.records.sample_files import JPEG, PDF, chunk, pdf_with, png, stream, zeros, zip_of


def name(value: bytes | str) -> str:
    return value if isinstance(value, str) else f"{len(value)} bytes"


EMPTY_PAGE = b"<< /Type /Page >>"


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (PDF, "application/pdf"),
        (PDF + b"\r\n \x00\x00", "application/pdf"),
        (pdf_with(EMPTY_PAGE), "application/pdf"),
        (pdf_with(stream(zlib.compress(b"BT ET"))), "application/pdf"),
        (pdf_with(stream(b"not zlib at all")), "application/pdf"),
        (pdf_with(stream(b"\xff\xd8/JavaScript", b"/Filter /DCTDecode")), "application/pdf"),
        (pdf_with(b"<< /OpenAction 3 0 R /JSON (x) /Launcher (y) >>"), "application/pdf"),
        (png(), "image/png"),
        (png(1, 1), "image/png"),
        (png(9, 7, interlace=1, pixels=zlib.compress(bytes(77))), "image/png"),
        (png(extra=chunk(b"tEXt", b"Title\x00Report")), "image/png"),
        (JPEG, "image/jpeg"),
        (JPEG + JPEG, "image/jpeg"),
        (JPEG + bytes(8), "image/jpeg"),
    ],
    ids=name,
)
def test_what_is_taken(data: bytes, content_type: str) -> None:
    assert recognize(data) == content_type


OTHER = "not a PDF, PNG or JPEG"
DAMAGED = "damaged or incomplete"
PIXELS = "too many pixels"
LARGE = "unpacks to more"
HIDDEN = "another file hidden"
LIVELY = "scripts, forms that act, or other files"
LOCKED = "protected by a password"
HUGE = b"\x00\x00\x9c\x40"  # 40,000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", OTHER),
        (b"\x00", OTHER),
        (b"MZ\x90\x00 a program", OTHER),
        (b"<html><script>alert(1)</script></html>", OTHER),
        (b"GIF89a", OTHER),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", OTHER),
        (zip_of(), OTHER),
        (b"\n" + PDF, OTHER),
        (b"%PDF-1.7 only the beginning", DAMAGED),
        (b"%PDF-x.y" + PDF[8:], DAMAGED),
        (PDF[:-20], DAMAGED),
        (PDF.replace(b"startxref\n", b"startxref\n9"), DAMAGED),
        (PDF + b"<script>", DAMAGED),
        (pdf_with(b"<< >>\nstream\nthat never ends"), DAMAGED),
        (pdf_with(b"<< >> % hidden\nstream\n\nendstream"), DAMAGED),
        (pdf_with(b"<< /S /JavaScript /JS (app.alert(1)) >>"), LIVELY),
        (pdf_with(b"<< /S /J#61vaScript >>"), LIVELY),
        (pdf_with(b"<< /S /Launch /F (cmd.exe) >>"), LIVELY),
        (pdf_with(b"<< /Names << /EmbeddedFiles 2 0 R >> >>"), LIVELY),
        (pdf_with(stream(zlib.compress(b"7 0 << /JS (x) >>"), b"/Type /ObjStm /Filter /FlateDecode")), LIVELY),
        (pdf_with(EMPTY_PAGE, trailer=b"/Encrypt 2 0 R"), LOCKED),
        (pdf_with(*[stream(zeros(150))] * 3), LARGE),
        (pdf_with(stream(zlib.compress(zeros(1)), b"/Filter [/FlateDecode /FlateDecode]")), LARGE),
        (b"\x89PNG\r\n\x1a\n", DAMAGED),
        (png()[:-1], DAMAGED),
        (png() + b"<?php", DAMAGED),
        (png() + zip_of(), DAMAGED),
        (png().replace(b"IDAT", b"IDAS"), DAMAGED),
        (png(pixels=zlib.compress(b"\x00" * 5)), DAMAGED),
        (png(pixels=zlib.compress(b"\x00" * 7)), LARGE),
        (png(pixels=zlib.compress(b"\x00" * 6)[:-5]), DAMAGED),
        (png(pixels=b"junk"), DAMAGED),
        (png(0, 5), DAMAGED),
        (png(1 << 30, 1 << 30, pixels=b""), PIXELS),
        (png(20_000, 20_000, pixels=zeros(10)), PIXELS),
        (png(2, 2, pixels=zeros(100)), LARGE),
        (png(extra=chunk(b"IDAT", b"") + chunk(b"tEXt", b"")), DAMAGED),
        (png(extra=chunk(b"tEXt", zip_of())), HIDDEN),
        (png(extra=chunk(b"tEXt", PDF)), HIDDEN),
        (JPEG[:-2], DAMAGED),
        (JPEG[:40], DAMAGED),
        (JPEG + zip_of(), DAMAGED),
        (JPEG + b"<script>", DAMAGED),
        (JPEG.replace(b"\x08\x00\x01\x00\x01", b"\x08" + HUGE[2:] + HUGE[2:]), PIXELS),
        (JPEG.replace(b"\x08\x00\x01\x00\x01", b"\x08\x00\x00\x00\x01"), DAMAGED),
        (JPEG[:2] + b"\xff\xfe\x00\x12" + b"Rar!\x1a\x07\x00".ljust(16) + JPEG[2:], HIDDEN),
        (JPEG[:2] + b"\xff\xfe" + (len(PDF) + 2).to_bytes(2) + PDF + JPEG[2:], HIDDEN),
        (pdf_with(stream(zip_of(), b"/Filter /None")), HIDDEN),
    ],
    ids=name,
)
def test_what_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(Unacceptable, match=message):
        recognize(data)


@pytest.mark.parametrize(
    "data",
    [
        pdf_with(b">>%" * 6_000_000),
        pdf_with(b">>   " * 4_000_000),
        pdf_with(b"<<>>stream\n\nendstream\n" * 90_000),
        pdf_with(b"#41" * 1_000_000),
        JPEG[:-2] + b"\xff\x00" * 9_000_000,
        JPEG[:2] + b"\xff" * 19_000_000,
        png(extra=chunk(b"tEXt", b"") * 1_500_000),
    ],
    ids=name,
)
def test_what_is_made_to_keep_us_busy(data: bytes) -> None:
    """No clock is needed: whatever took more than a few passes over such data would take hours."""
    try:
        recognize(data)
    except Unacceptable as refusal:
        assert str(refusal).startswith("The file is damaged")  # noqa: PT017


@pytest.mark.parametrize("whole", [PDF, JPEG, png(), pdf_with(stream(zlib.compress(b"BT ET")))], ids=name)
def test_no_damage_makes_it_fail_in_another_way(whole: bytes) -> None:
    chance = random.Random(7)
    for _ in range(400):
        spoiled = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
        data = bytes(spoiled[: chance.randint(1, len(spoiled))] if chance.random() < 0.3 else spoiled)
        try:
            assert recognize(data) == recognize(whole)
        except Unacceptable:
            continue
