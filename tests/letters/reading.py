"""What a person can read in a rendered letter, as plain characters to compare."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Iterable
from html.parser import HTMLParser

import pypdf

# In points; below it is the foot of the page.
BOTTOM_MARGIN = 0.75 * 72

_VOID = {"meta", "link", "br", "hr", "img", "input"}


class _Article(HTMLParser):
    """Collects the text inside <article>."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.depth = 0
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if (tag == "article" or self.depth) and tag not in _VOID:
            self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        if self.depth:
            self.depth -= 1

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.parts.append(data)


def html_text(page: str) -> str:
    parser = _Article()
    parser.feed(page)
    return " ".join(parser.parts)


def pdf_text(document: bytes) -> str:
    """The text of all pages, then the feet of all pages, so that a sentence over a page break is whole."""
    body: list[str] = []
    feet: list[str] = []

    def note(text: str, cm: list[float], tm: list[float], font: object, size: float) -> None:
        height = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        (body if height > BOTTOM_MARGIN else feet).append(text)

    for page in pypdf.PdfReader(io.BytesIO(document)).pages:
        page.extract_text(visitor_text=note)
        body.append("\n")
        feet.append("\n")
    return "".join(body + feet)


def plain(text: str) -> str:
    """Without white space, invisible characters and differences of form: line breaks come and go between formats."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if not character.isspace() and unicodedata.category(character) != "Cf"
    )


def missing(facts: Iterable[str], shown: str) -> list[str]:
    """Those facts that a reader of `shown` does not see.

    A PDF stores the glyphs of right-to-left and Indic scripts in the order in which they are drawn, so for these the
    characters are counted; for all other text the exact run has to be there.
    """
    whole = plain(shown)
    counted = Counter(whole)
    return [
        fact for fact in facts if not (Counter(plain(fact)) <= counted if _is_reordered(fact) else plain(fact) in whole)
    ]


def _is_reordered(text: str) -> bool:
    return any(
        unicodedata.bidirectional(character) in {"R", "AL"} or "DEVANAGARI" in unicodedata.name(character, "")
        for character in text
    )
