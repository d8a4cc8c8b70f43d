"""The files, as independent readers see them: Python's csv, and openpyxl."""

from __future__ import annotations

import csv
import datetime
import io
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import psutil
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from pa_portal.audit.models import Event
from pa_portal.reports.columns import COLUMNS, Kind
from pa_portal.reports.exports import cells, datasets, sheets, xlsx
from pa_portal.reports.exports import csv as csv_export
from pa_portal.reports.exports.choosing import Chosen
from pa_portal.reports.filters import Filters
from tests.records.making import in_state
from tests.reports.making import Made, at_random, write

EVER = "from=2000-01-01&to=2099-12-31"
DAY = datetime.datetime(2026, 3, 8, 5, 30, tzinfo=datetime.UTC)


def read_csv(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200
    content = b"".join(response.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf"), "Excel needs the byte order mark"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def read_xlsx(response: Any) -> Any:
    assert response.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    heads, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, map(unescaped, row), strict=True)) for row in rows]


def unescaped(value: Any) -> Any:
    """A cell's text as Excel shows it: the format writes control characters as _x000D_ and the like."""
    return unescape(value) if isinstance(value, str) else value


def everything(user: Any, *, patients: bool = True, data: str = "requests") -> Chosen:
    found = datasets.BY_NAME[data]
    columns = tuple(one for one in datasets.columns_for(user, found) if patients or not one.patient)
    return Chosen(user, found, Filters(), columns)


@pytest.fixture
def manager(client: Client, world: SimpleNamespace) -> SimpleNamespace:
    client.force_login(world.manager)
    return world


def test_csv_tells_what_became_of_a_real_request(client: Client, manager: SimpleNamespace) -> None:
    request = in_state(manager, "approved")
    (row,) = read_csv(client.get("/reports/requests.csv"))
    authorization = request.authorizations.get()
    determination = request.determinations.get()
    expected = {
        "reference": request.reference,
        "organization": "Riverbend Oncology",
        "plan": "Piedmont Mutual",
        "line_of_business": "commercial",
        "request_type": "initial",
        "urgency": "standard",
        "diagnosis_code": "C50.911",
        "diagnosis_covered": "yes",
        "prescriber_npi": "1529483715",
        "submitted_on": timezone.localdate().isoformat(),
        "submitted_at": f"{request.submitted_at:%Y-%m-%dT%H:%M:%SZ}",
        "state": "approved",
        "policy_id": "IC-0072",
        "policy_version": "2025-09-04",
        "outcome": "meets",
        "pathways": "hr_positive_third_line_plus",
        "decision": "approved",
        "decided_at": f"{determination.decided_at:%Y-%m-%dT%H:%M:%SZ}",
        "decided_by": "Dora Testcase",
        "against_recommendation": "no",
        "turnaround_hours": "0.00",
        "on_time": "yes",
        "authorization_number": authorization.number,
        "start": authorization.start.isoformat(),
        "valid_through": authorization.valid_through.isoformat(),
        "renewal_date": authorization.renewal_date.isoformat(),
        "hcpcs": "J9207",
        "units_per_dose": str(authorization.units_per_dose),
        "total_units": str(authorization.total_units),
    }
    assert {name: row[name] for name in expected} == expected


def test_csv_of_a_denial_names_its_reasons(client: Client, manager: SimpleNamespace) -> None:
    in_state(manager, "denied")
    (row,) = read_csv(client.get("/reports/requests.csv"))
    assert (row["decision"], row["denial_reasons"], row["against_recommendation"]) == ("denied", "her2_negative", "yes")
    assert row["authorization_number"] == row["total_units"] == ""


def test_headers_of_the_download(client: Client, manager: SimpleNamespace) -> None:
    for form, kind in (("csv", "text/csv; charset=utf-8"), ("xlsx", "spreadsheetml.sheet")):
        response = client.get(f"/reports/requests.{form}?from=2026-01-01&to=2026-02-01&state=denied")
        assert response["Content-Disposition"] == f'attachment; filename="requests-2026-01-01-to-2026-02-01.{form}"'
        assert "no-store" in response["Cache-Control"]
        assert response["Content-Type"].endswith(kind)
        assert response.streaming
        assert b"".join(response.streaming_content)


def test_moments_follow_the_zone_and_days_are_local(client: Client, manager: SimpleNamespace) -> None:
    # Half past midnight in New York, on the day on which its clocks go forward.
    write(manager, [Made(DAY, "approved", decided_at=DAY + datetime.timedelta(hours=24))])
    (row,) = read_csv(client.get(f"/reports/requests.csv?{EVER}"))
    assert (row["submitted_on"], row["submitted_at"]) == ("2026-03-08", "2026-03-08T05:30:00Z")
    assert (row["decided_on"], row["turnaround_hours"]) == ("2026-03-09", "24.00")
    sheet = read_xlsx(client.get(f"/reports/requests.xlsx?{EVER}"))["Requests"]
    (cell,) = rows_of(sheet)
    assert cell["submitted_on"] == datetime.datetime(2026, 3, 8)
    assert cell["submitted_at"] == datetime.datetime(2026, 3, 8, 5, 30)
    assert cell["turnaround_hours"] == 24


def test_both_forms_hold_the_same_cells(client: Client, manager: SimpleNamespace) -> None:
    write(manager, at_random(120, seed=4, now=timezone.now()))
    address = f"{EVER}&patients=1"
    plain = read_csv(client.get(f"/reports/requests.csv?{address}"))
    book = read_xlsx(client.get(f"/reports/requests.xlsx?{address}"))
    sheet = book["Requests"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref
    assert len(plain) > 50
    kinds = {column.name: column.kind for column in COLUMNS}
    for text, cell in zip(plain, rows_of(sheet), strict=True):
        assert text.keys() == cell.keys() == kinds.keys()
        assert {name: as_text(value, kinds[name]) for name, value in cell.items()} == text
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            column = sheet.cell(1, cell.column).value
            expected = {Kind.DATE: "yyyy-mm-dd", Kind.MOMENT: "yyyy-mm-dd hh:mm:ss"}.get(kinds[column])
            if cell.value is not None and expected:
                assert (cell.is_date, cell.number_format) == (True, expected)


def as_text(value: Any, kind: Kind) -> str:
    """A cell of the workbook as the CSV writes it."""
    if value is None:
        return ""
    if kind == Kind.DATE:
        return f"{value:%Y-%m-%d}"
    if kind == Kind.MOMENT:
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if kind == Kind.WHOLE:
        return f"{value:.0f}"
    if kind == Kind.NUMBER:
        return f"{value:.2f}" if value != 70 else "70.0"
    return str(value)


def test_workbook_explains_itself(client: Client, manager: SimpleNamespace) -> None:
    write(manager, [Made(DAY, "denied", decided_at=DAY, reasons=("first_line",))])
    book = read_xlsx(client.get(f"/reports/requests.xlsx?{EVER}&state=denied&organization={manager.clinic.pk}"))
    assert book.sheetnames == ["Requests", "Data dictionary", "About this file"]
    heads = [cell.value for cell in book["Requests"][1]]
    dictionary = rows_of(book["Data dictionary"])
    assert [row["column"] for row in dictionary] == heads
    assert all(row["meaning"] and row["kind"] and row["label"] for row in dictionary)
    about = {row["what"]: row["which"] for row in rows_of(book["About this file"])}
    assert about["Days"] == "2000-01-01 to 2099-12-31, submitted"
    assert {(sheet.page_setup.orientation, sheet.print_title_rows) for sheet in book} == {("landscape", "$1:$1")}
    assert (about["Organization"], about["State"], about["Requests"]) == ("Riverbend Oncology", "Denied", "1")


@pytest.mark.parametrize("apart_from", [0, 10_000], ids=["apart", "here"])
def test_more_rows_than_a_sheet_holds_go_to_the_next(manager: SimpleNamespace, tmp_path: Path, apart_from: int) -> None:
    write(manager, at_random(25, seed=2, now=timezone.now()))
    path = tmp_path / "book.xlsx"
    written = xlsx.write(everything(manager.manager, patients=False), [], path, most=10, apart_from=apart_from)
    book = openpyxl.load_workbook(path)
    expected = len(list(csv.reader(io.StringIO(whole_csv(manager.manager).decode("utf-8-sig"))))) - 1
    sheets = [name for name in book.sheetnames if name.startswith("Requests")]
    assert sheets == ["Requests", "Requests 2", "Requests 3"][: -(-expected // 10)]
    references = [row["reference"] for name in sheets for row in rows_of(book[name])]
    assert len(references) == len(set(references)) == expected == written


def test_another_process_writes_the_same_workbook(manager: SimpleNamespace, tmp_path: Path) -> None:
    write(manager, [*at_random(40, seed=3, now=timezone.now()), *(Made(DAY, first_name=name) for name in HOSTILE)])
    books = []
    for apart_from in (0, 10_000):
        path = tmp_path / f"{apart_from}.xlsx"
        xlsx.write(everything(manager.manager), [("Made", "=today")], path, apart_from=apart_from)
        books.append([[list(row) for row in sheet.values] for sheet in openpyxl.load_workbook(path)])
    assert books[0] == books[1]
    assert books[0][-1][1] == ["Made", "'=today"]


def test_what_ends_the_reading_ends_the_process_that_writes(manager: SimpleNamespace, tmp_path: Path) -> None:
    write(manager, at_random(40, seed=3, now=timezone.now()))

    def stop(rows: int) -> None:
        raise KeyError(rows)

    with pytest.raises(KeyError):
        xlsx.write(everything(manager.manager), [], tmp_path / "x.xlsx", tick=stop, apart_from=0)
    assert not [one for one in psutil.Process().children() if "pa_portal.reports.exports.sheets" in one.cmdline()]


def test_a_process_that_cannot_write_is_a_failure(manager: SimpleNamespace, tmp_path: Path, capfd: Any) -> None:
    write(manager, at_random(40, seed=3, now=timezone.now()))
    with pytest.raises(sheets.Broken):
        xlsx.write(everything(manager.manager), [], tmp_path / "no" / "x.xlsx", apart_from=0)
    assert "Quintana" not in capfd.readouterr().err


def whole_csv(user: Any) -> bytes:
    return b"".join(csv_export.Stream(everything(user, patients=False)))


def test_nothing_found_gives_a_header_alone(client: Client, manager: SimpleNamespace) -> None:
    names = [column.name for column in COLUMNS if not column.patient]
    content = b"".join(client.get("/reports/requests.csv").streaming_content).decode("utf-8-sig")
    assert content == ",".join(names) + "\n"
    sheet = read_xlsx(client.get("/reports/requests.xlsx"))["Requests"]
    assert list(sheet.iter_rows(values_only=True)) == [tuple(names)]


def test_csv_comes_in_pieces_and_counts_its_rows(manager: SimpleNamespace) -> None:
    write(manager, at_random(600, seed=6, now=timezone.now()))
    stream = csv_export.Stream(everything(manager.manager))
    pieces, counts = [], []
    for piece in stream:
        pieces.append(piece)
        counts.append(stream.rows)
    assert len(pieces) > 2
    assert max(map(len, pieces)) < csv_export.CHUNK + 4096
    # No name in these holds a line break.
    lines = [piece.count(b"\n") for piece in pieces]
    assert counts == [sum(lines[: number + 1]) - 1 for number in range(len(lines))]


@pytest.mark.parametrize("read", [0, 1])
def test_reading_may_stop_half_way(manager: SimpleNamespace, read: int) -> None:
    write(manager, at_random(600, seed=6, now=timezone.now()))
    pieces = iter(csv_export.Stream(everything(manager.manager)))
    for _ in range(read):
        next(pieces)
    pieces.close()
    # The connection is ready for the next statement.
    assert len(list(csv_export.Stream(everything(manager.manager)))) > 2


# Cells that a spreadsheet would run

HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://x.example","a")',
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "\u00a0=1",
    "\ufeff=1",
    "\u3000@x",
    "\uff1d1+1",
    "\uff0b1",
    "\uff0d1",
    "\uff20x",
    "=cmd|'/C calc'!A0",
)
HARMLESS = ("Quintana", "O'Brien", "Anne-Marie", "a=b", "1+1", "x@y.example", "", "'=1", "Núñez", "李", "🎗")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_comes_out_as_text(client: Client, manager: SimpleNamespace, form: str, name: str) -> None:
    # Straight into the table: the portal's own forms refuse the control characters among these.
    type(manager.clinic).objects.filter(pk=manager.clinic.pk).update(name=name)
    write(manager, [Made(DAY, first_name=name, last_name="Quintana", member_id=name)])
    response = client.get(f"/reports/requests.{form}?{EVER}&patients=1")
    (row,) = read_csv(response) if form == "csv" else rows_of(read_xlsx(response)["Requests"])
    assert row["member_id"] == row["organization"] == f"'{name}"
    assert row["patient_name"] == f"'{name} Quintana"


def test_no_cell_of_a_workbook_is_a_formula(client: Client, manager: SimpleNamespace) -> None:
    write(manager, [Made(DAY, first_name=name, member_id=name) for name in HOSTILE])
    book = read_xlsx(client.get(f"/reports/requests.xlsx?{EVER}&patients=1"))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert cells.neutral(text) == text


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=8))
@example("\x85=1")
@example("\u180e=1")
@example("\u2060-")
def test_postgres_and_python_neutralize_alike(plain_cursor: Any, text: str) -> None:
    plain_cursor.execute(f"SELECT {cells.neutral_sql('%(text)s::text')}", {"text": text})
    assert plain_cursor.fetchone()[0] == cells.neutral(text)


@pytest.fixture(scope="module")
def plain_cursor(django_db_setup: Any, django_db_blocker: Any) -> Any:
    """One cursor for all examples: the statement reads no table."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        yield cursor


# Who is named, and what is kept of it


@pytest.mark.parametrize(("who", "reviewer_named"), [("manager", True), ("clinic_manager", False)])
@pytest.mark.parametrize("asked", [True, False])
def test_patients_are_named_only_when_asked_for(
    client: Client, world: SimpleNamespace, who: str, reviewer_named: bool, asked: bool
) -> None:
    in_state(world, "approved")
    client.force_login(getattr(world, who))
    (row,) = read_csv(client.get("/reports/requests.csv" + ("?patients=1" if asked else "")))
    assert ("patient_name" in row, "member_id" in row) == (asked, asked)
    assert "Quintana" in row["patient_name"] if asked else "Quintana" not in str(row)
    # A provider organization learns of a decision from the letter, which a plan signs as a plan.
    assert ("decided_by" in row) == reviewer_named


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_each_download_is_recorded(client: Client, manager: SimpleNamespace, form: str) -> None:
    response = client.get(f"/reports/requests.{form}?from=2026-01-01&to=2026-02-01&state=denied&patients=1")
    assert b"".join(response.streaming_content)
    event = Event.objects.get(action="report.exported")
    assert (event.actor_id, event.organization_id) == (manager.manager.pk, manager.plan.pk)
    filters = event.detail.pop("filters")
    assert filters.startswith("data=requests&from=2026-01-01&to=2026-02-01&state=denied&for=requests&column=reference")
    assert event.detail == {"data_set": "requests", "format": form, "patients_named": True, "rows": 0}


@pytest.mark.parametrize("data", datasets.DATA_SETS, ids=lambda data: data.name)
def test_names_of_columns_are_plain_and_once_each(data: datasets.DataSet) -> None:
    names = [column.name for column in data.columns]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
