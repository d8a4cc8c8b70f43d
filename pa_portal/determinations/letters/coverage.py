"""Which characters the shipped fonts can draw, read from the fonts' own character maps.

PDF/UA does not allow a missing glyph, so a letter that held one could not be written. What no font has is therefore
spelled out as its code point, which a reader can still look up or copy.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path


def characters(font: bytes) -> frozenset[int]:
    """The code points in a TrueType or OpenType font's `cmap` (formats 4 and 12)."""
    tables = struct.unpack_from(">H", font, 4)[0]
    records = (struct.unpack_from(">4s3I", font, 12 + 16 * number) for number in range(tables))
    cmap = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    found: set[int] = set()
    for number in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        subtable = cmap + struct.unpack_from(">HHI", font, cmap + 4 + 8 * number)[2]
        kind = struct.unpack_from(">H", font, subtable)[0]
        if kind == 4:
            found.update(_segments(font, subtable))
        elif kind == 12:
            found.update(_groups(font, subtable))
    return frozenset(found)


def _groups(font: bytes, at: int) -> Iterator[int]:
    for number in range(struct.unpack_from(">I", font, at + 12)[0]):
        first, last, _ = struct.unpack_from(">3I", font, at + 16 + 12 * number)
        yield from range(first, last + 1)


def _segments(font: bytes, at: int) -> Iterator[int]:
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends, starts, deltas, offsets = (at + 14 + padding + 2 * count * column for column, padding in _COLUMNS)
    for segment in range(count):
        last, first, delta, offset = (
            struct.unpack_from(">H", font, column + 2 * segment)[0] for column in (ends, starts, deltas, offsets)
        )
        for code in range(first, min(last, 0xFFFE) + 1):
            glyph = code
            if offset:
                place = offsets + 2 * segment + offset + 2 * (code - first)
                glyph = struct.unpack_from(">H", font, place)[0]
                if not glyph:
                    continue
            if (glyph + delta) & 0xFFFF:
                yield code


# Format 4 keeps four arrays: end codes, then two bytes of padding, start codes, deltas and offsets.
_COLUMNS = ((0, 0), (1, 2), (2, 2), (3, 2))


# From Unicode's Default_Ignorable_Code_Point: those that a shaper hides when a font lacks them.
_DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2060, 0x206F),
    (0xFE00, 0xFE0F),
    (0xE0000, 0xE0FFF),
)


class Coverage:
    """What a set of fonts can draw."""

    def __init__(self, fonts: Iterable[Path]) -> None:
        """Reads each font file once. Raises OSError when one cannot be read."""
        self._fonts = [characters(path.read_bytes()) for path in fonts]

    def spell_out(self, text: str) -> str:
        """The text with each character that cannot be drawn written as "[U+13000]".

        A letter and its combining marks have to come from one font; where none has them all, the marks are spelled out.
        """
        if text.isascii():
            return text
        return "".join(self._drawable(cluster) for cluster in _clusters(text))

    def _drawable(self, cluster: str) -> str:
        if self._one_font_has(cluster):
            return cluster
        return "".join(part if self._one_font_has(part) else f"[U+{ord(part):04X}]" for part in cluster)

    def _one_font_has(self, cluster: str) -> bool:
        needed = {ord(character) for character in cluster if not _ignorable(character)}
        return any(needed <= font for font in self._fonts)


def _ignorable(character: str) -> bool:
    """Joiners, variation selectors and the like: they shape their neighbours and need no glyph."""
    return any(first <= ord(character) <= last for first, last in _DEFAULT_IGNORABLE)


def _clusters(text: str) -> Iterator[str]:
    """A character with the marks and joiners that follow it."""
    cluster = ""
    for character in text:
        follows = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}
        if cluster and not follows:
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster
