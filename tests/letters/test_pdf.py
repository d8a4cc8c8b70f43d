"""The PDF as a document: accessible, complete in itself, the same every time, and fit for an envelope."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pypdf
import pytest

from pa_portal.determinations.letters import copies, pdf
from pa_portal.determinations.letters.content import compose
from tests.letters.samples import APPROVAL, INFORMATION_REQUEST, SAMPLES


def read(kind, letter):
    return pypdf.PdfReader(io.BytesIO(pdf.render(compose(kind, letter))))


@pytest.fixture(scope="module", params=SAMPLES)
def document(request):
    return read(*SAMPLES[request.param])


def tags(node):
    """Every structure tag under a node, in reading order."""
    node = node.get_object()
    if isinstance(node, list):
        return [tag for child in node for tag in tags(child)]
    if not isinstance(node, dict):
        return []
    own = [node["/S"]] if "/S" in node else []
    return own + (tags(node["/K"]) if "/K" in node else [])


def test_is_pdf_ua(document):
    root = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert re.search(r"pdfuaid:part(>|=\")1", root["/Metadata"].get_data().decode())


def test_is_titled(document):
    assert re.fullmatch(r"We .+ \(PA-[0-9A-Z]{4}-[0-9A-Z]{4}\)", document.metadata.title)
    assert document.metadata.author == "Harbor Valley Health Plan"


def test_structure_has_one_title_then_headings_lists_and_paragraphs(document):
    found = tags(document.trailer["/Root"]["/StructTreeRoot"])
    assert found[0] == "/Document"
    assert found.count("/H1") == 1
    assert found.count("/H2") >= 4
    assert found.index("/H1") < found.index("/H2")
    assert {"/L", "/LI", "/Lbl", "/LBody", "/P"} <= set(found)


def test_reads_the_address_before_the_letter(document):
    text = document.pages[0].extract_text()
    places = [text.index(part) for part in ("Harbor Valley Health Plan", "Riverside Oncology", "Re", "Dear Maya")]
    assert places == sorted(places)


def test_embeds_every_font(document):
    descriptors = []
    for page in document.pages:
        for font in page["/Resources"]["/Font"].values():
            font = font.get_object()
            for holder in font.get("/DescendantFonts", [font]):
                descriptors.append(holder.get_object()["/FontDescriptor"])
    assert descriptors
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor) for descriptor in descriptors)


@pytest.mark.parametrize("name", SAMPLES)
def test_fills_one_sheet_and_the_patients_copy_too(name):
    """Printed on both sides; approving less has both an authorization and the ways to object to tell of."""
    record = compose(*SAMPLES[name])
    copied = [copies.for_patient(record)] if "copy" in record else []
    pages = {len(pypdf.PdfReader(io.BytesIO(pdf.render(each))).pages) for each in (record, *copied)}
    assert pages == {3 if name == "modified_approval" else 2}


def test_is_us_letter_pages_each_numbered_with_the_reference(document):
    for number, page in enumerate(document.pages, 1):
        assert [float(side) for side in page.mediabox] == [0, 0, 612, 792]
        text = page.extract_text()
        assert f"Page {number} of {len(document.pages)}" in text
        assert re.search(r"Reference PA-", text)


def test_address_sits_in_the_window_of_a_number_10_envelope():
    """Window: 0.875 in from the left, 4.5 in wide; 2.04 to 3.17 in from the top of a sheet folded in three."""
    inches = {}

    def note(text, cm, tm, font, size):
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        inches[text.strip()] = (x / 72, 11 - y / 72)

    read("approval", APPROVAL).pages[0].extract_text(visitor_text=note)
    for line in ("Maya Okonkwo, MD", "Riverside Oncology Associates", "220 Mercy Drive, Suite 410", "Dayton, OH 45402"):
        x, y = inches[line]
        assert 0.9 <= x <= 1.2
        assert 2.1 <= y <= 3.1
    private = [text for text, (x, y) in inches.items() if 2.0 < y < 3.25 and x < 5.4]
    assert "Elena Vasquez-O’Brien" not in private


def test_same_record_gives_the_same_bytes_with_the_letters_own_date():
    record = compose("approval", APPROVAL)
    first = pdf.render(record)
    assert first == pdf.render(record)
    created = pypdf.PdfReader(io.BytesIO(first)).metadata.creation_date
    assert (created.year, created.month, created.day) == (2026, 3, 4)


def test_a_page_of_text_in_one_field_grows_the_letter_and_breaks_nothing():
    long = "The quick brown fox jumps over the lazy dog. " * 400
    reader = read(
        "information_request",
        replace(INFORMATION_REQUEST, information_needed=long, patient=replace(APPROVAL.patient, name=long)),
    )
    text = "".join(page.extract_text() for page in reader.pages)
    assert text.count("lazy") == 800
    assert 5 <= len(reader.pages) <= 30
