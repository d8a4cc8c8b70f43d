"""The workbook's own format, as openpyxl reads it: any text, blank cells, full sheets."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from pa_portal.reports.exports import workbook
from pa_portal.reports.exports.workbook import Column, Style

TWO = [Column("first", Style.TEXT, 10), Column("second", Style.TEXT, 10)]


def book(tmp: Path | io.BytesIO, lines: Sequence[Sequence[str]], columns: Sequence[Column] = TWO) -> Any:
    with workbook.Book(tmp) as made, made.sheet("Made", columns, frozen=1, filtered=True) as sheet:
        for line in lines:
            sheet.add(line)
    return openpyxl.load_workbook(tmp)["Made"]


def copied(cells: Sequence[str]) -> bytes:
    """A row as COPY's text format has it (PostgreSQL's manual, COPY, File Formats)."""
    signs = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
    return ("\t".join("".join(signs.get(one, one) for one in cell) for cell in cells) + "\n").encode()


TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=20)


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=4))
@example([("<a> & </t>", "]]>")])
@example([("_x000D_", "_x0041_ _x")])
@example([(" before", "after ")])
@example([("\\t \\\\ \\N", "\t\n\r\b\f\v\x1f")])
@example([("\ufffe\uffff", "\x85\u2028")])
@example([("%b %s %%", "{}")])
def test_any_text_comes_back(rows: list[tuple[str, str]]) -> None:
    file = io.BytesIO()
    with workbook.Book(file) as made, made.sheet("Made", TWO) as sheet:
        lines, plain = workbook.ready(b"".join(map(copied, rows)))
        sheet.copied(lines, plain=plain)
        for row in rows:
            sheet.add(row)
    found = [
        tuple(unescape(cell) if isinstance(cell, str) else cell or "" for cell in row)
        for row in openpyxl.load_workbook(file)["Made"].iter_rows(min_row=2, values_only=True)
    ]
    assert found == [*rows, *rows]


def test_an_empty_cell_is_blank_and_takes_its_place(tmp_path: Path) -> None:
    columns = [Column("a", Style.TEXT, 9), Column("b", Style.DATE, 9), Column("c", Style.WHOLE, 9)]
    sheet = book(tmp_path / "x.xlsx", [("", "45987", ""), ("x", "", "7"), ("", "", "")], columns)
    values = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in values] == [None, "x", None]
    assert values[0][1].isoformat() == "2025-11-26T00:00:00"
    assert [row[2] for row in values] == [None, 7, None]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", "A1:C4")


@pytest.mark.parametrize("sign", ["x", "é", "&", "🎗"])
def test_a_cell_that_is_too_long_is_cut_and_says_so(tmp_path: Path, sign: str) -> None:
    text = sign * 40_000
    sheet = book(tmp_path / "x.xlsx", [(text, "next")])
    found = sheet["A2"].value
    assert found.endswith("…")
    assert text.startswith(found[:-1])
    assert len(found.encode("utf-16-le")) // 2 <= workbook.MOST_TEXT
    assert sheet["B2"].value == "next"


def test_text_just_short_enough_stays(tmp_path: Path) -> None:
    text = "é" * workbook.MOST_TEXT
    assert book(tmp_path / "x.xlsx", [(text, "")])["A2"].value == text


@pytest.mark.parametrize(("number", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ"), (703, "AAA")])
def test_letters_of_columns(number: int, name: str) -> None:
    assert workbook.letters(number) == name


def test_names_of_sheets_and_columns_need_no_care(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with workbook.Book(path) as made, made.sheet('It\'s <"A" & B>', [Column("<&>", Style.TEXT, 9)], filtered=True):
        pass
    (sheet,) = openpyxl.load_workbook(path)
    assert (sheet.title, sheet["A1"].value) == ('It\'s <"A" & B>', "<&>")


def test_what_goes_wrong_half_way_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zip"), workbook.Book(tmp_path / "x.xlsx") as made:
        made.sheet("Made", [Column("a", Style.TEXT, 9)] * 2).__enter__().add(("one", "two", "three"))
    assert "xl/workbook.xml" not in zipfile.ZipFile(tmp_path / "x.xlsx").namelist()


def test_a_sheet_is_full_before_its_zip_needs_an_extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_BYTES", 2_000)
    with workbook.Book(tmp_path / "x.xlsx") as made, made.sheet("Made", TWO) as sheet:
        assert sheet.room(10) == 10
        sheet.add(("a" * 900, "b" * 900))
        assert sheet.room(10) == 0
