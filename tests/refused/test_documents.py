"""Files made to harm whoever keeps or opens them: refused with a message by the field, or served harmlessly."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pa_portal.submissions.models import ATTACHMENT_BYTES, Attachment
from tests.hostile import values
from tests.records.conftest import build_world
from tests.records.making import draft
from tests.records.sample_files import JPEG, PDF, chunk, pdf_with, png, stream, zeros, zip_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Any) -> SimpleNamespace:
    settings.ATTACHMENT_ROOT = tmp_path / "attachments"
    return build_world()


def jar() -> bytes:
    """A Java archive, as a GIFAR hides behind a picture."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Main-Class: Evil\n")
        archive.writestr("Evil.class", b"\xca\xfe\xba\xbe" + bytes(50))
    return out.getvalue()


def bomb() -> bytes:
    """A zip of 42 kB and less that unpacks to 40 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(40 * 1024 * 1024))
    return out.getvalue()


HTML = b"<html><body><script>alert(document.cookie)</script></body></html>"
SCRIPT = b"/*\x00*/=1;alert(document.cookie)/*"
REFUSED: dict[str, bytes] = {
    "zip": zip_of(),
    "zip bomb": bomb(),
    "zip that leads out of its folder": zip_of(b"../../etc/passwd"),
    "HTML": HTML,
    "SVG with a script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "script": b"alert(1)",
    "program": b"MZ\x90\x00" + bytes(500),
    "GIF": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04;",
    "GIFAR": b"GIF89a\x01\x00\x01\x00\x00\x00\x00;" + jar(),
    "PDF and HTML after it": PDF + HTML,
    "HTML and PDF after it": HTML + PDF,
    "PDF with a JAR after it": PDF + jar(),
    "PDF with a script": pdf_with(b"<< /S /JavaScript /JS (app.alert(1)) >>"),
    "PDF with a script in a stream of objects": pdf_with(
        stream(zlib.compress(b"7 0 << /JS (x) >>"), b"/Type /ObjStm /Filter /FlateDecode")
    ),
    "PDF that starts a program": pdf_with(b"<< /S /Launch /F (cmd.exe) >>"),
    "PDF that unpacks for ever": pdf_with(*[stream(zeros(150))] * 3),
    "PDF packed twice": pdf_with(stream(zlib.compress(zeros(1)), b"/Filter [/FlateDecode /FlateDecode]")),
    "PNG and JavaScript after it": png() + SCRIPT,
    "PNG and JAR after it": png() + jar(),
    "PNG with a zip inside": png(extra=chunk(b"tEXt", zip_of())),
    "PNG with HTML for its data": png(pixels=HTML),
    "PNG of four hundred million pixels": png(20_000, 20_000, pixels=zeros(10)),
    "PNG with more data than pixels": png(2, 2, pixels=zeros(100)),
    "JPEG and JAR after it": JPEG + jar(),
    "JPEG with a zip in a comment": JPEG[:2] + b"\xff\xfe" + (len(jar()) + 2).to_bytes(2, "big") + jar() + JPEG[2:],
    "too large by a byte": PDF + bytes(ATTACHMENT_BYTES + 1 - len(PDF)),
    "nothing": b"",
}


def attach(client: Client, request: Any, data: bytes, name: str = "report.pdf", kind: str = "application/pdf") -> Any:
    request.refresh_from_db()
    file = SimpleUploadedFile("x.pdf", data, content_type=kind)
    file._name = name  # past what Django's own class would tidy
    form = {"version": str(request.version), "kind": "pathology", "file": file}
    return client.post(f"/requests/{request.pk}/documents/", form)


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("said", ["application/pdf", "image/png"])
def test_is_refused_by_the_field_whatever_it_says_it_is(
    client: Client, world: SimpleNamespace, settings: Any, what: str, said: str
) -> None:
    request = draft(world)
    client.force_login(world.prescriber)
    response = attach(client, request, REFUSED[what], kind=said)
    page = response.content.decode()
    assert response.status_code == 422
    assert '<a href="#id_file">' in page
    assert re.search(r'id="id_file"[^>]*aria-invalid="true"', page)
    assert re.search(r'value="pathology"[^>]*checked', page), "what was chosen beside it is kept"
    assert not Attachment.objects.exists()
    assert not [path for path in settings.ATTACHMENT_ROOT.rglob("*") if path.is_file()]


NAMES = {
    "../../../etc/passwd": "passwd.pdf",
    "..\\..\\x.pdf": "x.pdf",
    "/etc/cron.d/x": "x.pdf",
    "fdp\u202efdp.exe": "fdpfdp.exe.pdf",
    "\u2066a\u2069\u200f.pdf": "a.pdf",
    "a\u200bb.pdf": "ab.pdf",
    "report.html": "report.html.pdf",
    "report.pdf.exe": "report.pdf.exe.pdf",
    "page.svg\x00.pdf": "page.svg.pdf",
    'a"; filename="evil.html': None,
    "a\r\nSet-Cookie: x=1.pdf": None,
    "=cmd|'/c calc'!A1.pdf": None,
    "<img src=x onerror=alert(1)>.pdf": None,
    "x" * 300 + ".pdf": None,
    "🌸ﷺ报告.pdf": "🌸ﷺ报告.pdf",
    ".htaccess": None,
    "CON.pdf": None,
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("reader", ["prescriber", "reviewer"])
def test_whatever_its_name_a_file_is_saved_and_never_opened_here(
    client: Client, world: SimpleNamespace, settings: Any, name: str, reader: str
) -> None:
    request = draft(world)
    client.force_login(world.prescriber)
    body = values.multipart(
        (("version", str(request.version)), ("kind", "pathology")),
        (("file", name.encode().replace(b'"', b"%22").replace(b"\r\n", b"%0D%0A"), PDF),),
    )
    path = f"/requests/{request.pk}/documents/"
    kind = f"multipart/form-data; boundary={values.BOUNDARY}"
    assert client.post(path, body, content_type=kind).status_code == 303
    attachment = Attachment.objects.get()
    (kept,) = [path for path in settings.ATTACHMENT_ROOT.rglob("*") if path.is_file()]
    assert re.fullmatch(r"[0-9a-f/-]+", str(kept.relative_to(settings.ATTACHMENT_ROOT))), "named by us alone"
    if reader == "reviewer":
        request.refresh_from_db()
        assert client.post(f"/requests/{request.pk}/check/", {"version": request.version}).status_code == 303
        client.force_login(world.reviewer)
        path = f"/admin/submissions/request/{request.pk}/documents/"
    response: Any = client.get(f"{path}{attachment.pk}/")
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == PDF
    headers = response.headers
    assert headers["Content-Disposition"].startswith("attachment; filename")
    assert not set(headers["Content-Disposition"]) & set("\r\n\x00/\\\u202e")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "application/pdf"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "no-store" in headers["Cache-Control"]
    if NAMES[name] is not None:
        assert attachment.download_name == NAMES[name]
    assert attachment.download_name.endswith(".pdf")


@pytest.mark.parametrize("size", ["9" * 5000, "9" * 30, "-5", "abc", "٣", str(10**9)])
def test_a_size_that_is_none_is_no_accident(client: Client, world: SimpleNamespace, size: str) -> None:
    request = draft(world)
    client.force_login(world.prescriber)
    response = client.post(f"/requests/{request.pk}/documents/", {}, CONTENT_LENGTH=size)
    # Python reads an Arabic three as a three, and three bytes are no form.
    assert response.status_code in (400, 413, 422)
