"""Characters that no shipped font can draw are spelled out, so that any name gives a PDF."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pa_portal.determinations.letters import pdf
from pa_portal.determinations.letters.content import compose
from pa_portal.determinations.letters.coverage import Coverage, characters
from tests.letters.samples import APPROVAL


@pytest.fixture(scope="module")
def coverage():
    return Coverage(sorted(pdf.FONTS.glob("*.ttf")))


@pytest.mark.parametrize(
    "text",
    [
        "Plain ASCII ~ { }",
        "Åsa Ångström, José Núñez, Łukasz Żółć, Dvořák, İstanbul",
        "Nguyễn Thị Bích Ngọc",
        "Ελένη Παπαδοπούλου",
        "Надежда Петровна",
        "محمد عبد الله",
        "פנינה לוי",
        "王小明 김철수 山田太郎",
        "आशा पटेल",
        "สมชาย ใจดี",
        "Հայկ Սարգսյան",
        "≥ 40 mg/m² × 2.2 – “quoted” • † ‡",
        "👩‍👩‍👧‍👦 ❤️ 1️⃣",
    ],
)
def test_names_and_symbols_are_drawn(coverage, text):
    assert coverage.spell_out(text) == text


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("\U00013000", "[U+13000]"),
        ("a\ue000b", "a[U+E000]b"),
        ("x\u0378", "x[U+0378]"),
        ("a\u0f71", "a[U+0F71]"),
        ("\U00013430", "[U+13430]"),
    ],
)
def test_the_rest_is_spelled_out(coverage, text, spelled):
    assert coverage.spell_out(text) == spelled


def test_reads_a_character_map():
    found = characters((pdf.FONTS / "NotoSansHebrew-Regular.ttf").read_bytes())
    assert {ord("א"), ord("ת")} <= found
    assert ord("中") not in found


any_text = st.text(st.characters(max_codepoint=sys.maxunicode), min_size=1, max_size=120)


@given(name=any_text, plan=any_text)
@example(name="\ufeff", plan="e\u0301\u0327")
@example(name="\U00013437\u0890", plan="\ufe00\u200d")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_at_all_gives_a_pdf(name, plan):
    letter = replace(
        APPROVAL, patient=replace(APPROVAL.patient, name=name), plan=replace(APPROVAL.plan, name=f"Plan {plan}")
    )
    assert pdf.render(compose("approval", letter)).startswith(b"%PDF-")
