"""A letter as PDF/UA-1: tagged, titled, with its fonts embedded, and the same bytes for the same record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from pa_portal.determinations.letters.coverage import Coverage
from pa_portal.determinations.letters.record import require_schema

ASSETS = Path(__file__).parent / "assets"
FONTS = ASSETS / "fonts"
# Tried in this order for each character.
FAMILIES = (
    "Source Sans 3",
    *(
        f"Noto Sans {script}"
        for script in (
            "Arabic", "Hebrew", "Devanagari", "Bengali", "Gujarati", "Gurmukhi", "Tamil", "Telugu", "Malayalam",
            "Thai", "Khmer", "Myanmar", "Ethiopic", "Cherokee",
        )
    ),
    "Droid Sans Fallback",
    "Noto Emoji",
    "DejaVu Sans",
)  # fmt: skip

# A run without a space, longer than any column could need whole, may break anywhere.
_LONG_RUN = re.compile(r"\S{28,}")
_BREAK = "\u200b"


def render(content: Mapping[str, Any]) -> bytes:
    """The PDF of a letter record.

    Uses only the record and the files shipped beside this module: no system fonts, no network. The creation date is
    the letter's own. Raises UnknownSchema for a record this version cannot show.
    """
    return _compile([content], content["title"], content["author"], date.fromisoformat(content["date"]))


def render_all(contents: Sequence[Mapping[str, Any]], *, title: str, author: str, on: date) -> bytes:
    """One PDF of several letters for the printer, in their order: each as it is alone, numbered by itself, and begun on
    the front of a sheet. ``title``, ``author`` and ``on`` are the file's own. Raises as ``render``.
    """
    return _compile(contents, title, author, on)


def _compile(contents: Sequence[Mapping[str, Any]], title: str, author: str, on: date) -> bytes:
    for content in contents:
        require_schema(content)
    pdf = typst.compile(
        ASSETS / "letter.typ",
        root=ASSETS,
        font_paths=_fonts(),
        format="pdf",
        pdf_standards=["ua-1"],
        timestamp=datetime(on.year, on.month, on.day, tzinfo=UTC),
        sys_inputs={
            "letters": json.dumps([_drawable(content) for content in contents]),
            "fonts": json.dumps(FAMILIES),
            "title": _drawable(title),
            "author": _drawable(author),
        },
    )
    assert isinstance(pdf, bytes)
    return pdf


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


@cache
def _coverage() -> Coverage:
    return Coverage(sorted(FONTS.glob("*.ttf")))


def _drawable(value: Any) -> Any:
    """The same record with every string made fit to draw and to break over lines."""
    if isinstance(value, str):
        return _LONG_RUN.sub(lambda run: _BREAK.join(run.group()), _coverage().spell_out(value))
    if isinstance(value, Mapping):
        return {key: _drawable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_drawable(inner) for inner in value]
    return value
