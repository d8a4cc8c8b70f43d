"""Documents: attached with what they support, listed where missing, taken off, and read by the practice alone."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pa_portal.intake.views import documents as view
from pa_portal.submissions import queries
from pa_portal.submissions.models import ATTACHMENT_BYTES
from tests.intake.wizard import CASES, Wizard


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> None:
    settings.ATTACHMENT_ROOT = tmp_path


@pytest.fixture
def answered(clinical: Wizard) -> Wizard:
    clinical.answer(CASES["tnbc_subsequent"])
    return clinical


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows: bytes = b"\x00\x00", width: int = 1, height: int = 1) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def attach(wizard: Wizard, content: bytes, name: str = "pathology.png", **data: Any) -> Any:
    page = wizard.get("documents/")
    file = SimpleUploadedFile(name, content, content_type="image/png")
    form = {"version": page.values["version"], "kind": "pathology", "file": file, **data}
    return wizard.client.post(page.path, {key: value for key, value in form.items() if value is not None})


def test_a_document_is_attached_with_what_it_supports(answered: Wizard, prescriber: Any) -> None:
    page = answered.get("documents/")
    assert "Not attached yet" in page.text
    assert "Pathology report" in page.text
    assert answered.client.get(answered.url("check/")).status_code == 200
    response = attach(answered, png(), criteria=["her2_negative", "er_and_pr_negative"])
    assert response.status_code == 303
    (kept,) = queries.attachments_of(queries.request_for(prescriber, answered.id))
    assert (kept.kind, kept.criteria) == ("pathology", ["er_and_pr_negative", "her2_negative"])
    for seen in (answered.get("documents/"), answered.get("check/"), answered.get()):
        assert "pathology.png" in seen.text
        assert "Supports: Disease is HER2-negative" in seen.text
        assert "Not attached yet" not in seen.text


def test_it_downloads_as_a_file_and_as_nothing_else(answered: Wizard) -> None:
    attach(answered, png(), name="scan of <b>.PNG")
    (href,) = {href for _, href in answered.get("documents/").page.links if href.count("/") == 5 and "-" in href[45:]}
    response = answered.client.get(href)
    assert b"".join(response.streaming_content) == png()
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"


def test_what_is_not_yours_does_not_exist(answered: Wizard, stranger: Any, reviewer: Any) -> None:
    attach(answered, png())
    page = answered.get("documents/")
    href = next(href for text, href in page.page.links if text == "pathology.png")
    other = Wizard.start(answered.client)
    assert answered.client.get(href.replace(answered.id, other.id)).status_code == 404
    assert answered.client.post(href.replace(answered.id, other.id) + "remove/", {"version": "1"}).status_code == 404
    for user in (stranger, reviewer):
        theirs = Client()
        theirs.force_login(user)
        assert theirs.get(href).status_code == 404
        assert theirs.post(href + "remove/", {"version": "1"}).status_code == 404
        assert theirs.get(answered.url("documents/")).status_code == 404
        assert theirs.post(answered.url("documents/"), {"version": "1"}).status_code == 404
    assert Client().get(href).status_code == 302


def test_a_document_is_taken_off(answered: Wizard, prescriber: Any) -> None:
    attach(answered, png())
    page = answered.get("documents/")
    href = next(href for text, href in page.page.links if text == "pathology.png")
    stale = answered.client.post(href + "remove/", {"version": "1"})
    assert stale.status_code == 303
    assert "Nothing was removed." in answered.get("documents/").text
    assert answered.client.post(href + "remove/", {"version": page.values["version"]}).status_code == 303
    assert not queries.attachments_of(queries.request_for(prescriber, answered.id)).exists()
    assert answered.client.get(href).status_code == 404


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%!PS not one of ours", "not a PDF, PNG or JPEG"),
        (b"MZ" + png(), "not a PDF, PNG or JPEG"),
        (png()[:40], "damaged"),
        (png() + b"%PDF-1.7", ""),
        (png(b"\x00", 30_000, 30_000), "too many pixels"),
        (png(b"\x00" * 5_000_000), "unpacks to more than can be opened safely"),
        (b"\xff" * (ATTACHMENT_BYTES + 1), "larger than 20 MB"),
    ],
    ids=["type", "program", "cut off", "two files", "picture bomb", "archive bomb", "size"],
)
def test_what_cannot_be_taken_is_said_at_the_field(
    answered: Wizard, prescriber: Any, content: bytes, message: str
) -> None:
    seen = answered.read(attach(answered, content, criteria=["her2_negative"]))
    assert seen.status == 422
    assert seen.page.title.startswith("Error: ")
    ((text, target),) = seen.errors
    assert target == "id_file"
    assert message in text
    assert seen.values["kind"] == ["pathology"]
    assert seen.values["criteria"] == ["her2_negative"]
    assert not queries.attachments_of(queries.request_for(prescriber, answered.id)).exists()


def test_what_is_left_out_is_said(answered: Wizard) -> None:
    seen = answered.read(attach(answered, png(), file=None, kind=None))
    assert seen.status == 422
    assert [target for _, target in seen.errors] == ["id_file", "id_kind"]
    wrong = answered.read(attach(answered, png(), kind="selfie", criteria=["no_such"]))
    assert [target for _, target in wrong.errors] == ["id_kind", "id_criteria"]
    empty = answered.read(attach(answered, b""))
    assert empty.errors == [("The file is empty. Choose another.", "id_file")]


def test_an_upload_far_too_large_is_not_even_read(answered: Wizard) -> None:
    response = answered.client.generic(
        "POST",
        answered.url("documents/"),
        b"x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(view.LARGEST_BODY + 1),
    )
    assert response.status_code == 413
    assert "The file is too large" in response.content.decode()


def test_a_forged_upload_is_refused(answered: Wizard) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = answered.client.cookies
    assert strict.post(answered.url("documents/"), {"kind": "labs"}).status_code == 403


def test_a_stale_upload_is_told(answered: Wizard) -> None:
    seen = answered.read(attach(answered, png(), version="1"))
    assert seen.status == 409
    assert "The file was not attached." in seen.text


def test_documents_go_with_the_request_and_stay_readable(answered: Wizard, prescriber: Any) -> None:
    attach(answered, png())
    answered.post("check/", {})
    seen = answered.get()
    href = next(href for text, href in seen.page.links if text == "pathology.png")
    assert answered.client.get(href).status_code == 200
    content = queries.submission_of(queries.request_for(prescriber, answered.id)).content
    assert [each["kind"] for each in content["attachments"]] == ["pathology"]
    assert answered.get("documents/").path == answered.url()
