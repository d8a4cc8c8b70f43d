"""Writing an XLSX workbook straight into its zip file, in little memory.

Rows come as Postgres writes them (``COPY``'s text format) and become the sheet's XML by a template for a whole row: no
cell is looked at by itself unless its text needs it. Compressing, which takes longest, lets other threads go on.
Cells carry no address: the format counts them (ECMA-376 part 1, 18.3.1.4). Needs neither Django nor a writer.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

# A sheet ends there, its header included.
MOST_ROWS: Final = 1_048_576
# A zip of more than this needs an extension that Excel takes for damage.
MOST_BYTES: Final = 2**31 - 2**24
# What a cell holds at most, in UTF-16 units.
MOST_TEXT: Final = 32_767
# Of a line of text, in points.
HEIGHT: Final = 15
# A sheet up to so wide, in characters, prints on one page's width; a wider one goes on to the next.
PAGE: Final = 180
# So many patterns of empty cells are kept at once.
_PATTERNS: Final = 500
# Higher levels take twice the time for a file that is a tenth smaller.
LEVEL: Final = 3


class Style(Enum):
    """How a cell looks; the value is its place in ``xl/styles.xml``."""

    TEXT = 0
    HEAD = 1
    DATE = 2
    MOMENT = 3
    WHOLE = 4
    NUMBER = 5
    WRAPPED = 6

    @property
    def is_text(self) -> bool:
        return self in (Style.TEXT, Style.HEAD, Style.WRAPPED)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, how its cells look, its width in characters."""

    name: str
    style: Style
    width: float


class Book:
    """A workbook under way: ``with Book(path) as book``, then one sheet after the other."""

    def __init__(self, path: Path | IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        self._sheets: list[tuple[str, str, int]] = []

    def __enter__(self) -> Book:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()
        self._zip.close()

    @contextmanager
    def sheet(
        self, name: str, columns: Sequence[Column], *, frozen: int = 0, filtered: bool = False
    ) -> Iterator[Sheet]:
        """Open the next sheet. Its header stays in sight, and so do the first ``frozen`` columns."""
        with self._zip.open(f"xl/worksheets/sheet{len(self._sheets) + 1}.xml", "w") as file:
            sheet = Sheet(file, columns, frozen)
            yield sheet
            area = f"$A$1:${letters(len(columns))}${sheet.rows + 1}"
            self._sheets.append((name, area if filtered else "", frozen))
            sheet.close(filtered)

    def _finish(self) -> None:
        for name, content in _parts(self._sheets):
            self._zip.writestr(name, content)


class Sheet:
    """One sheet under way. ``rows`` are those written so far, without the header."""

    def __init__(self, file: IO[bytes], columns: Sequence[Column], frozen: int) -> None:
        self.rows = 0
        self._file, self._columns = file, columns
        self._templates: dict[bytes, bytes] = {}
        self._size = 0
        heads = b"".join(_cell(Style.HEAD) % encoded(column.name) for column in columns)
        self._write(b"%b<row>%b</row>" % (_opening(columns, frozen), heads))

    def room(self, most: int) -> int:
        """Return how many of at most ``most`` rows still fit."""
        return 0 if self._size > MOST_BYTES else most - self.rows

    def add(self, row: Sequence[str]) -> None:
        """Write one row of text, as high as its longest wrapped cell needs."""
        lines = max(
            (
                -(-len(cell) // int(0.9 * one.width))
                for cell, one in zip(row, self._columns, strict=True)
                if _wraps(one)
            ),
            default=1,
        )
        self._put([list(map(encoded, row))], plain=False, lines=lines)

    def copied(self, lines: Sequence[bytes], *, plain: bool) -> None:
        """Write rows as ``ready`` gives them."""
        rows = [line.split(b"\t") for line in lines]
        self._put(rows if plain else [list(map(_short, row)) for row in rows], plain=plain)

    def close(self, filtered: bool) -> None:
        self._write(_closing(self._columns, self.rows, filtered))

    def _put(self, rows: Sequence[list[bytes]], *, plain: bool, lines: int = 1) -> None:
        # Rows have few patterns of cells that are empty: each has a template of its own, kept.
        text = b"".join([self._template(bytes(map(bool, cells))) % tuple(filter(None, cells)) for cells in rows])
        if not plain:
            text = text.replace(b"<t>", b'<t xml:space="preserve">')
        if lines > 1:
            text = text.replace(b"<row>", b'<row ht="%d" customHeight="1">' % (HEIGHT * lines))
        self.rows += len(rows)
        self._write(text)

    def _template(self, filled: bytes) -> bytes:
        found = self._templates.get(filled)
        if found is None:
            cells = [_cell(one.style) if there else b"<c/>" for one, there in zip(self._columns, filled, strict=True)]
            if len(self._templates) >= _PATTERNS:
                self._templates.clear()
            found = self._templates[filled] = b"<row>%b</row>" % b"".join(cells)
        return found

    def _write(self, text: bytes) -> None:
        self._size += len(text)
        self._file.write(text)


# Text


_CONTROLS: Final = bytes((*range(1, 9), 11, 12, *range(14, 32)))
_ESCAPED: Final = {
    b"t": b"&#9;",
    b"n": b"&#10;",
    b"r": b"_x000D_",
    b"b": b"_x0008_",
    b"f": b"_x000C_",
    b"v": b"_x000B_",
}
# What only looks like the format's way of writing a character.
_LOOKALIKE: Final = re.compile(rb"_(?=x[0-9A-Fa-f]{4}_)")
# A blank at an edge of a cell, or a tab or a line break in it.
_EDGES: Final = (b"\t ", b"\n ", b" \t", b" \n", b"&#")


def ready(copied: bytes) -> tuple[list[bytes], bool]:
    """Return whole lines of ``COPY``'s text format as lines of XML text, and whether all are plain.

    In what is not plain, a blank at a cell's edge counts, or a cell may be too long.
    """
    text = copied.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
    if b"_x" in text:
        text = _LOOKALIKE.sub(b"_x005F_", text)
    if len(text.translate(None, _CONTROLS)) != len(text):
        text = re.sub(rb"[%b]" % re.escape(_CONTROLS), lambda found: b"_x%04X_" % found[0][0], text)
    if b"\xef\xbf" in text:
        text = text.replace(b"\xef\xbf\xbe", b"_xFFFE_").replace(b"\xef\xbf\xbf", b"_xFFFF_")
    if b"\\" in text:
        text = re.sub(rb"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), text)
    lines = text.split(b"\n")
    lines.pop()
    plain = (
        not any(edge in text for edge in _EDGES)
        and not text.startswith(b" ")
        and len(max(lines, key=len, default=b"")) <= MOST_TEXT
    )
    return lines, plain


def encoded(text: str) -> bytes:
    """Return any text as the XML of a cell."""
    copied = text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
    return _short(ready(copied.encode() + b"\n")[0][0])


def _short(text: bytes) -> bytes:
    """Cut what a cell does not hold; an ellipsis says so. Characters written as several may be cut a little early."""
    if len(text) <= MOST_TEXT:
        return text
    whole = text.decode()
    units = whole.encode("utf-16-le")
    if len(units) <= 2 * MOST_TEXT:
        return text
    kept = units[: 2 * (MOST_TEXT - 1)].decode("utf-16-le", "ignore")
    # Not in the middle of a reference or an escape.
    return (re.sub(r"(&[^;]{0,5}|_x[0-9A-F]{0,4})$", "", kept) + "…").encode()


# The format's parts


def letters(number: int) -> str:
    """Return a column's letters: 1 is A, 27 is AA."""
    found = ""
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


def _cell(style: Style) -> bytes:
    """Return the template of a cell."""
    look = b' s="%d"' % style.value if style.value else b""
    return b'<c%b t="inlineStr"><is><t>%%b</t></is></c>' % look if style.is_text else b"<c%b><v>%%b</v></c>" % look


_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _wraps(column: Column) -> bool:
    return column.style == Style.WRAPPED


def _fits(columns: Sequence[Column]) -> bool:
    return sum(column.width for column in columns) <= PAGE


def _opening(columns: Sequence[Column], frozen: int) -> bytes:
    corner = f"{letters(frozen + 1)}2"
    pane = "bottomRight" if frozen else "bottomLeft"
    across = f'xSplit="{frozen}" ' if frozen else ""
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{one.width + 0.7109375}" style="{one.style.value}" customWidth="1"/>'
        for place, one in enumerate(columns, start=1)
    )
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="{_fits(columns):d}"/></sheetPr>'
        f'<sheetViews><sheetView workbookViewId="0"><pane {across}ySplit="1" topLeftCell="{corner}" '
        f'activePane="{pane}" state="frozen"/>'
        f'<selection pane="{pane}" activeCell="{corner}" sqref="{corner}"/></sheetView></sheetViews>'
        f'<sheetFormatPr defaultRowHeight="{HEIGHT}"/><cols>{widths}</cols><sheetData>'
    ).encode()


def _closing(columns: Sequence[Column], rows: int, filtered: bool) -> bytes:
    area = f"A1:{letters(len(columns))}{rows + 1}"
    # Member IDs and the like are digits that are not for adding up: no green corners for them.
    texts = " ".join(
        f"{letters(place)}2:{letters(place)}{rows + 1}"
        for place, one in enumerate(columns, start=1)
        if one.style.is_text and rows
    )
    return (
        "</sheetData>"
        + (f'<autoFilter ref="{area}"/>' if filtered else "")
        + '<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
        '<pageSetup orientation="landscape" pageOrder="overThenDown" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;L&amp;A&amp;RPage &amp;P of &amp;N</oddFooter></headerFooter>"
        + (f'<ignoredErrors><ignoredError sqref="{texts}" numberStoredAsText="1"/></ignoredErrors>' if texts else "")
        + "</worksheet>"
    ).encode()


def _parts(sheets: Sequence[tuple[str, str, int]]) -> Iterator[tuple[str, str]]:
    """Yield the small files beside the sheets: names and content."""
    places = range(1, len(sheets) + 1)
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
        + "".join(
            f'<Override PartName="/xl/worksheets/sheet{place}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
            for place in places
        )
        + "</Types>",
    )
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    yield (
        "xl/_rels/workbook.xml.rels",
        _relations([*(("worksheet", f"worksheets/sheet{place}.xml") for place in places), ("styles", "styles.xml")]),
    )
    yield "xl/workbook.xml", _workbook(sheets)
    yield "xl/styles.xml", _STYLES


def _relations(targets: Iterable[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{place}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for place, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'


def _workbook(sheets: Sequence[tuple[str, str, int]]) -> str:
    lines, names = [], []
    for place, (name, area, frozen) in enumerate(sheets):
        lines.append(f'<sheet name={quoteattr(name)} sheetId="{place + 1}" r:id="rId{place + 1}"/>')
        quoted = "'" + escape(name.replace("'", "''")) + "'!"
        if area:
            names.append(
                f'<definedName name="_xlnm._FilterDatabase" localSheetId="{place}" hidden="1">{quoted}{area}'
                "</definedName>"
            )
        titles = f"{quoted}$A:${letters(frozen)},{quoted}$1:$1" if frozen else f"{quoted}$1:$1"
        names.append(f'<definedName name="_xlnm.Print_Titles" localSheetId="{place}">{titles}</definedName>')
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><bookViews><workbookView activeTab="0"/></bookViews>'
        f"<sheets>{''.join(lines)}</sheets><definedNames>{''.join(names)}</definedNames></workbook>"
    )


def _formats() -> str:
    """Return the looks by ``Style``: number format, font, fill, and how text stands."""
    looks = {
        Style.TEXT: 'numFmtId="0" fontId="0" fillId="0"/>',
        Style.HEAD: 'numFmtId="0" fontId="1" fillId="2" applyFont="1" applyFill="1"/>',
        Style.DATE: 'numFmtId="164" fontId="0" fillId="0" applyNumberFormat="1"/>',
        Style.MOMENT: 'numFmtId="165" fontId="0" fillId="0" applyNumberFormat="1"/>',
        Style.WHOLE: 'numFmtId="1" fontId="0" fillId="0" applyNumberFormat="1"/>',
        Style.NUMBER: 'numFmtId="2" fontId="0" fillId="0" applyNumberFormat="1"/>',
        Style.WRAPPED: 'numFmtId="0" fontId="0" fillId="0" applyAlignment="1">'
        '<alignment vertical="top" wrapText="1"/></xf>',
    }
    return "".join(f'<xf xfId="0" borderId="0" {looks[style]}' for style in Style)


_STYLES: Final = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy-mm-dd hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE3EAF2"/><bgColor indexed="64"/></patternFill></fill>'
    "</fills>"
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    f'<cellXfs count="{len(Style)}">{_formats()}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
