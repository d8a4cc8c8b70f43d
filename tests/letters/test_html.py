"""The HTML as markup: escaped, within the content security policy, and fit to sit in another page."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from pa_portal.determinations.letters import html
from pa_portal.determinations.letters.content import compose
from tests.letters.samples import APPROVAL, SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_has_no_inline_style_no_script_and_no_foreign_address(name):
    page = html.render(compose(*SAMPLES[name]), pdf_url="/letters/x.pdf", back_url="/")
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=|https?://", page)


def test_page_is_titled_in_its_language_with_one_first_level_heading():
    page = html.render(compose("approval", APPROVAL))
    assert '<html lang="en">' in page
    assert "<title>We approved your prior authorization request (PA-7K3M-Q2XD)</title>" in page
    assert page.count("<h1") == 1
    assert page.index("<h1") < page.index("<h2")


def test_markup_in_a_name_is_escaped():
    letter = replace(APPROVAL, patient=replace(APPROVAL.patient, name="<script>alert(1)</script>"))
    page = html.render(compose("approval", letter))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page


def test_links_are_there_only_when_given():
    record = compose("approval", APPROVAL)
    assert "<nav" not in html.render(record)
    page = html.render(record, pdf_url="/letters/1.pdf", back_url="/requests/")
    assert 'href="/letters/1.pdf"' in page
    assert 'href="/requests/"' in page


def test_fragment_has_no_page_around_it_and_headings_at_the_level_asked_for():
    part = html.fragment(compose("denial", SAMPLES["denial"][1]), level=3)
    assert part.strip().startswith("<article")
    assert "<html" not in part
    assert part.count("<h3") == 1
    assert "<h4" in part
    assert not re.search("<h[12]", part)
