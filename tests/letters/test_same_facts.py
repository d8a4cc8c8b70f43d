"""HTML and PDF tell the same: every string of the record is in both, and neither adds a word."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pa_portal.determinations.letters import blocks, html, pdf
from pa_portal.determinations.letters.content import Change, compose, sha256
from pa_portal.determinations.letters.record import UnknownSchema
from tests.letters.reading import html_text, missing, pdf_text
from tests.letters.samples import APPROVAL, SAMPLES

RECORDS = Path(__file__).parent / "records"

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "typst code": '#eval("1") #panic("x") #read("/etc/passwd")',
    "typst markup": "$x$ *b* _i_ `r` @ref <label> = - + / // /* \\u{41} ~",
    "brackets": "] ) } \\ \\\\ \" ' [ ( {",
    "django": "{{ letter.blocks }} {% include 'x' %} &lt;",
    "quotes": 'O\'Brien "Bo" & <Sons>',
    "arabic": "محمد عبد الله",
    "hebrew": "אברהם בן-דוד",
    "emoji": "😀 🎗 ❤",
    "chinese, korean, japanese": "王小明 김철수 山田太郎",
    "vietnamese": "Nguyễn Thị Bích Ngọc",
    "long": "W" * 300,
    "long with marks": "x-" * 150,
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f\u00adg",
    "nul and surrogate": "a\x00b\ud800c",
    "override": "abc\u202efed",
    "spreadsheet": "=1+1",
    "newline": "one\ntwo\r\nthree",
}


def with_name(name):
    return replace(
        APPROVAL,
        plan=replace(APPROVAL.plan, name=name),
        prescriber=replace(APPROVAL.prescriber, name=name, organization=name, address=(name, name)),
        patient=replace(APPROVAL.patient, name=name, member_id=name),
        authorization=replace(APPROVAL.authorization, regimen=name, number=name),
        request=replace(APPROVAL.request, reference=name),
        note=name,
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_every_fact_is_in_both(name):
    record = compose(*SAMPLES[name])
    facts = list(blocks.texts(record["blocks"]))
    assert len(facts) > 50
    assert missing(facts, html_text(html.render(record))) == []
    assert missing(facts, pdf_text(pdf.render(record))) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_neither_adds_a_word(name):
    kind, letter = SAMPLES[name]
    # Words of the help in other languages are not all kept whole by a PDF, so that notice is left out.
    record = compose(kind, replace(letter, plan=replace(letter.plan, language_help_text="")))
    written = set(" ".join(blocks.texts(record["blocks"])).split())
    in_html = set(html_text(html.render(record)).split())
    in_pdf = set(pdf_text(pdf.render(record)).split())
    assert in_html - written == set()
    furniture = {"Page", "of", "•", *(str(number) for number in range(10)), *(f"{number}." for number in range(10))}
    assert {word for word in in_pdf - written - furniture if not _part_of_broken_word(word, written)} == set()


def _part_of_broken_word(word: str, written: set[str]) -> bool:
    """A hyphenated word may break after its hyphen."""
    return any(word in whole for whole in written if "-" in whole)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_shown_as_text(text):
    record = compose("approval", with_name(text))
    facts = list(blocks.texts(record["blocks"]))
    page = html.render(record)
    assert missing(facts, html_text(page)) == []
    assert missing(facts, pdf_text(pdf.render(record))) == []
    assert not re.search(r"<(script|img)\b", page)


@pytest.mark.parametrize("name", ["modified_approval", "appeal_upheld", "appeal_overturned", "void_notice"])
def test_hostile_explanations_are_shown_as_text(name):
    kind, letter = SAMPLES[name]
    hostile = "\n".join(HOSTILE.values())
    changes = [Change(label=text, asked=text, approved=text) for text in HOSTILE.values() if letter.changes]
    record = compose(kind, replace(letter, explanation=hostile, note=hostile, changes=changes))
    facts = list(blocks.texts(record["blocks"]))
    page = html.render(record)
    assert missing(facts, html_text(page)) == []
    assert missing(facts, pdf_text(pdf.render(record))) == []
    assert not re.search(r"<(script|img)\b", page)


def test_record_frozen_under_the_first_schema_still_shows_every_fact():
    path = RECORDS / "denial-schema-1.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    assert sha256(record) == path.with_suffix(".sha256").read_text(encoding="ascii").strip()
    facts = list(blocks.texts(record["blocks"]))
    assert missing(facts, html_text(html.render(record))) == []
    assert missing(facts, pdf_text(pdf.render(record))) == []


@pytest.mark.parametrize("render", [html.render, html.fragment, pdf.render])
@pytest.mark.parametrize("schema", [None, 0, 2, "1"])
def test_record_of_an_unknown_schema_is_refused(render, schema):
    with pytest.raises(UnknownSchema):
        render({**compose("approval", APPROVAL), "schema": schema})
