"""The blocks that a letter is made of, and the cleaning of what goes into them.

Each function returns one JSON-able block, a dict with a `type`. Every string in a block is shown as it stands by both
renderers, in the order it has here; a block's words are never added to when it is rendered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pa_portal.determinations.letters.inputs import Lines

Block = dict[str, Any]
Fact = tuple[str, str]

REPLACEMENT = "\ufffd"
# Embeddings, overrides and isolates, invisible and able to show the text around them in another order; and the byte
# order mark, invisible and not allowed in a PDF/UA.
_DROPPED = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
_NUMBER = re.compile(r"\d[\d().\- ]{5,}\d")
_NOT_SHOWN = frozenset({"type", "tone"})


def clean(value: object) -> str:
    """One line of text that JSON, a database, HTML and a PDF can all hold.

    Runs of white space become one space. Control characters, lone surrogates and noncharacters become U+FFFD, so that
    a reader sees that something was there. Invisible characters that only reorder their neighbours are dropped.
    """
    text = " ".join(str(value).split())
    # Most text is printable as a whole, which is much sooner known than of each character.
    if text.isprintable():
        return text
    text = _DROPPED.sub("", text)
    return "".join(REPLACEMENT if _unprintable(character) else character for character in text)


def _unprintable(character: str) -> bool:
    code = ord(character)
    return unicodedata.category(character) in {"Cc", "Cs"} or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def lines(value: Lines) -> list[str]:
    """Clean, non-empty lines of an address or a list that was typed one item a line."""
    parts = value.splitlines() if isinstance(value, str) else value
    return [line for line in (clean(part) for part in parts) if line]


def _facts(items: Iterable[Fact]) -> list[dict[str, str]]:
    pairs = ((clean(label), clean(value)) for label, value in items)
    return [{"label": label, "value": value} for label, value in pairs if value]


def _numbers_in_order(text: str) -> str:
    """In a line of Arabic or Hebrew, "1-800-555-0142" would be shown as "0142-555-800-1"; a left-to-right mark before
    the number keeps it as dialled.
    """
    if text.isascii() or not any(unicodedata.bidirectional(character) in {"R", "AL"} for character in text):
        return text
    return _NUMBER.sub(lambda number: f"\u200e{number.group()}\u200e", text)


def letterhead(name: str, address: Lines, contact: Iterable[Fact]) -> Block:
    """Who writes: the plan's name, its address and how to reach it."""
    return {"type": "letterhead", "name": clean(name), "lines": lines(address), "contact": _facts(contact)}


def recipient(address: Lines) -> Block:
    """Who is written to, placed to show in a number 10 window envelope."""
    return {"type": "recipient", "lines": lines(address)}


def details(items: Iterable[Fact]) -> Block:
    """The date and reference lines beside the address."""
    return {"type": "details", "items": _facts(items)}


def about(items: Iterable[Fact]) -> Block:
    """The request that the letter is about: labelled values under the title."""
    return {"type": "about", "items": _facts(items)}


def title(text: str) -> Block:
    """The subject of the letter, its first-level heading."""
    return {"type": "title", "text": clean(text)}


def heading(text: str) -> Block:
    """A second-level heading."""
    return {"type": "heading", "text": clean(text)}


def paragraph(text: str) -> Block:
    """One paragraph."""
    return {"type": "paragraph", "text": clean(text)}


def outcome(text: str, tone: str) -> Block:
    """The decision in one sentence. `tone`, "approved", "denied" or "waiting", colours it and carries no meaning."""
    return {"type": "outcome", "tone": tone, "text": clean(text)}


def facts(items: Iterable[Fact], heading: str = "") -> Block:
    """Labelled values; a fact without a value is left out. The heading, if any, is second-level."""
    return {"type": "facts", "heading": clean(heading), "items": _facts(items)}


def panel(heading: str, tone: str, *, number: Fact, highlights: Iterable[Fact], items: Iterable[Fact]) -> Block:
    """The box that a reader looks for first: a number, a few values writ large, and the rest as labelled values."""
    label, value = number
    return {
        "type": "panel",
        "tone": tone,
        "heading": clean(heading),
        "number": {"label": clean(label), "value": clean(value)},
        "highlights": _facts(highlights),
        "items": _facts(items),
    }


def bullets(items: Iterable[str]) -> Block:
    """A list in which order means nothing."""
    return {"type": "bullets", "items": [text for text in map(clean, items) if text]}


def steps(items: Iterable[str]) -> Block:
    """A numbered list."""
    return {"type": "steps", "items": [text for text in map(clean, items) if text]}


def reasons(items: Iterable[tuple[str, Iterable[Fact]]]) -> Block:
    """Numbered reasons, each with the facts it rests on."""
    return {"type": "reasons", "items": [{"text": clean(text), "facts": _facts(facts)} for text, facts in items]}


def signature(closing: str, signed_by: Lines) -> Block:
    """The closing and who signs."""
    return {"type": "signature", "closing": clean(closing), "lines": lines(signed_by)}


def notice(heading: str, text: str) -> Block:
    """A plan's own text, under a second-level heading; its lines become paragraphs."""
    return {
        "type": "notice",
        "heading": clean(heading),
        "paragraphs": [_numbers_in_order(line) for line in lines(text)],
    }


def footer(text: str) -> Block:
    """The line at the foot of every page, before the page number."""
    return {"type": "footer", "text": clean(text)}


def texts(value: Any) -> Iterator[str]:
    """Every string that a block, or a list of blocks, shows."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _NOT_SHOWN:
                yield from texts(inner)
    else:
        for inner in value:
            yield from texts(inner)
