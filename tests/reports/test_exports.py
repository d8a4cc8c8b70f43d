"""Every data set: what it holds, whose rows, which columns, and that the screen counts what the file has."""

from __future__ import annotations

import csv
import datetime
import io
import re
import shutil
import subprocess
from html import unescape as plain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from pa_portal.accounts.actions import appoint_privacy_officer
from pa_portal.accounts.models import User
from pa_portal.audit.models import Event
from pa_portal.reports.exports import datasets
from tests.records.making import in_state
from tests.reports.making import Made, write
from tests.reports.test_files import DAY, HOSTILE, as_text, read_csv, read_xlsx, rows_of

EVER = "by=any"
NAMES = [one.name for one in datasets.DATA_SETS]
OF_CASES = [one.name for one in datasets.DATA_SETS if one.of_cases]


@pytest.fixture
def manager(client: Client, world: SimpleNamespace) -> SimpleNamespace:
    appoint_privacy_officer(by=None, user=world.manager)
    client.force_login(world.manager)
    return world


def address(form: str, data: str, query: str = EVER) -> str:
    return f"/reports/exports/file.{form}?data={data}&{'' if data == 'audit' else query}"


def page_of(client: Client, data: str, query: str = EVER) -> str:
    response = client.get(f"/reports/exports/new/?data={data}&{'' if data == 'audit' else query}")
    assert response.status_code == 200
    return plain(response.content.decode())


@pytest.mark.parametrize("data", NAMES)
def test_screen_csv_and_workbook_agree(client: Client, manager: SimpleNamespace, data: str) -> None:
    for state in ("approved", "denied", "pended"):
        in_state(manager, state)
    found = datasets.BY_NAME[data]
    expected = datasets.count(manager.manager, found, datasets.Filters("made" if data == "audit" else "any"))
    assert expected >= 1
    if data != "audit":
        # Each look at the pages is itself recorded, so that the trail grows.
        assert found.counted(expected) in page_of(client, data)
    text = read_csv(client.get(address("csv", data)))
    book = read_xlsx(client.get(address("xlsx", data)))
    assert book.sheetnames == [found.label, "Data dictionary", "About this file"]
    cells = rows_of(book[found.label])
    assert len(text) == expected
    kinds = {column.name: column.kind for column in found.columns}
    for one, other in zip(text, cells, strict=False):
        assert {name: comparable(as_text(value, kinds[name])) for name, value in other.items()} == {
            name: comparable(value) for name, value in one.items()
        }
    about = {row["what"]: row["which"] for row in rows_of(book["About this file"])}
    assert about[found.noun[1].capitalize()] == f"{len(cells):,}"


def comparable(text: str) -> str | float:
    """Numbers by their value: a workbook does not keep how many decimals there were."""
    return float(text) if re.fullmatch(r"[0-9]+\.[0-9]+", text) else text


def test_what_a_determination_says(client: Client, manager: SimpleNamespace) -> None:
    request = in_state(manager, "denied")
    (row,) = read_csv(client.get(address("csv", "determinations")))
    made = request.determinations.get()
    assert row["reference"] == request.reference
    assert (row["decision"], row["number"], row["submission"]) == ("denied", "1", "1")
    assert (row["reasons"], row["in_force"], row["replaces_earlier"]) == ("her2_negative", "yes", "no")
    assert row["reason_codes"] == " ".join(reason["code"] for reason in made.reasons)
    assert (row["decided_by"], row["decided_role"], row["automatic"]) == ("Lou Testcase", "director", "no")
    assert row["decided_at"] == f"{made.decided_at:%Y-%m-%dT%H:%M:%SZ}"
    assert row["appeal_by"] == made.appeal_by.isoformat()
    assert "rationale" not in row, "it may name the patient"


def test_what_an_authorization_and_its_letter_say(client: Client, manager: SimpleNamespace) -> None:
    request = in_state(manager, "approved")
    authorization, letter = request.authorizations.get(), request.letters.get()
    (row,) = read_csv(client.get(address("csv", "authorizations")))
    assert (row["number"], row["status"], row["void_on"]) == (authorization.number, "active", "")
    assert (row["start"], row["total_units"]) == (authorization.start.isoformat(), str(authorization.total_units))
    (row,) = read_csv(client.get(address("csv", "letters")))
    assert (row["letter_id"], row["kind"], row["sha256"]) == (str(letter.pk), letter.kind, letter.sha256)
    assert (row["determination"], row["decision"]) == ("1", "approved")


def test_the_audit_trail_is_that_of_the_organization(client: Client, manager: SimpleNamespace) -> None:
    in_state(manager, "approved")
    rows = read_csv(client.get(address("csv", "audit")))
    people = {str(one.pk) for one in User.objects.filter(organization=manager.plan)}
    assert {"determination.made", "user.privacy_officer"} & {row["action"] for row in rows}
    assert all(row["actor_id"] in people or row["organization"] == manager.plan.name for row in rows)
    assert str(manager.prescriber.pk) not in {row["actor_id"] for row in rows}
    numbers = [int(row["event"]) for row in rows]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("data", OF_CASES)
def test_another_plan_has_none_of_it(client: Client, world: SimpleNamespace, data: str) -> None:
    in_state(world, "approved")
    client.force_login(world.other_manager)
    assert read_csv(client.get(address("csv", data))) == []


def test_a_provider_learns_no_reviewers_name(client: Client, world: SimpleNamespace) -> None:
    in_state(world, "approved")
    client.force_login(world.clinic_manager)
    (row,) = read_csv(client.get(address("csv", "determinations")))
    assert not {"decided_by", "decided_role"} & row.keys()
    asked = client.get(address("csv", "determinations", f"{EVER}&for=determinations&column=decided_by&column=number"))
    assert read_csv(asked) == [{"number": "1"}]


AUDIT_PAGES = ("new/", "file.csv", "file.xlsx", "data-dictionary.csv", "schedules/new/")


@pytest.mark.parametrize("page", AUDIT_PAGES)
@pytest.mark.parametrize("who", ["manager", "clinic_manager"])
def test_the_audit_trail_needs_a_permission_of_its_own(
    client: Client, world: SimpleNamespace, who: str, page: str
) -> None:
    User.objects.filter(pk=world.clinic_manager.pk).update(is_privacy_officer=True)
    client.force_login(getattr(world, who))
    assert client.get(f"/reports/exports/{page}?data=audit").status_code == 404
    assert "Audit trail" not in page_of(client, "requests")


@pytest.mark.parametrize("page", ["new/", "file.csv", "data-dictionary.csv"])
def test_an_unknown_data_set_is_not_there(client: Client, manager: SimpleNamespace, page: str) -> None:
    assert client.get(f"/reports/exports/{page}?data=passwords").status_code == 404


# Columns


def test_the_chosen_columns_and_no_others(client: Client, manager: SimpleNamespace) -> None:
    in_state(manager, "approved")
    query = f"{EVER}&for=requests&column=state&column=reference&column=nonsense"
    response = client.get(address("csv", "requests", query))
    assert list(read_csv(response)[0]) == ["reference", "state"]
    page = page_of(client, "requests", query)
    assert page.count("checked") == 2
    heads = next(read_xlsx(client.get(address("xlsx", "requests", query)))["Requests"].iter_rows(values_only=True))
    assert heads == ("reference", "state")


def test_columns_of_another_data_set_are_not_carried_over(client: Client, manager: SimpleNamespace) -> None:
    in_state(manager, "approved")
    (row,) = read_csv(client.get(address("csv", "letters", f"{EVER}&for=requests&column=reference")))
    assert len(row) > 5


def test_no_column_is_told_how_to_mend(client: Client, manager: SimpleNamespace) -> None:
    for page in ("new/", "file.csv", "file.xlsx", "data-dictionary.csv", "schedules/new/"):
        response = client.get(f"/reports/exports/{page}?data=requests&for=requests&from=1/1/2026&to=2/1/2026")
        assert response.status_code == 422
        assert 'href="#columns">Choose at least one column.' in response.content.decode()
        assert 'value="1/1/2026"' in response.content.decode()


@pytest.mark.parametrize("query", ["from=13/45/2026&to=soon", "by=nonsense", "state=nonsense", "organization=x"])
def test_bad_choices_are_told_at_their_field(client: Client, manager: SimpleNamespace, query: str) -> None:
    for page in ("new/", "file.csv"):
        response = client.get(f"/reports/exports/{page}?data=letters&{query}")
        assert response.status_code == 422
        assert b"There is a problem" in response.content


def test_the_dictionary_goes_with_a_csv_file(client: Client, manager: SimpleNamespace) -> None:
    response = client.get("/reports/exports/data-dictionary.csv?data=audit&for=audit&column=action&column=recorded_at")
    assert response["Content-Disposition"] == 'attachment; filename="audit-data-dictionary.csv"'
    content = response.content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [row["column"] for row in rows] == ["recorded_at", "action"]
    assert rows[0]["kind"] == "Date and time, UTC"


# Rows


def test_filters_choose_the_requests_that_rows_belong_to(client: Client, manager: SimpleNamespace) -> None:
    approved, denied = in_state(manager, "approved"), in_state(manager, "denied")
    for data in ("determinations", "letters"):
        rows = read_csv(client.get(address("csv", data, f"{EVER}&state=denied")))
        assert {row["reference"] for row in rows} == {denied.reference}
    rows = read_csv(client.get(address("csv", "authorizations", f"{EVER}&state=approved")))
    assert {row["reference"] for row in rows} == {approved.reference}


def test_days_count_by_when_a_row_was_made(client: Client, manager: SimpleNamespace) -> None:
    later = DAY + datetime.timedelta(days=40)
    write(manager, [Made(DAY, "denied", decided_at=later, reasons=("first_line",))])
    march, april = "from=2026-03-01&to=2026-03-31", "from=2026-04-01&to=2026-04-30"
    made = {days: read_csv(client.get(address("csv", "determinations", days))) for days in (march, april)}
    assert (len(made[march]), len(made[april])) == (0, 1)
    assert len(read_csv(client.get(address("csv", "determinations", f"by=submitted&{march}")))) == 1
    assert len(read_csv(client.get(address("csv", "requests", f"by=made&{march}")))) == 1, "for requests, submitted"


@pytest.mark.parametrize("data", ["determinations", "authorizations", "letters"])
def test_hostile_names_come_out_as_text(client: Client, manager: SimpleNamespace, data: str) -> None:
    write(manager, [Made(DAY, "approved", decided_at=DAY, first_name=name, member_id=name) for name in HOSTILE])
    name = HOSTILE[0]
    type(manager.clinic).objects.filter(pk=manager.clinic.pk).update(name=name)
    for form, read in (("csv", read_csv), ("xlsx", lambda response: rows_of(next(iter(read_xlsx(response)))))):
        rows = read(client.get(address(form, data, f"{EVER}&patients=1")))
        assert {row["organization"] for row in rows} <= {f"'{name}"}
        if rows:
            assert sorted(row["member_id"] for row in rows) == sorted(f"'{one}" for one in HOSTILE)


def test_each_download_names_its_data_set(client: Client, manager: SimpleNamespace) -> None:
    in_state(manager, "approved")
    client.get(address("csv", "letters", f"{EVER}&patients=1"))
    detail = Event.objects.get(action="report.exported").detail
    assert (detail["data_set"], detail["rows"], detail["patients_named"]) == ("letters", 1, True)


OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_libreoffice_reads_the_same(client: Client, manager: SimpleNamespace, tmp_path: Path, form: str) -> None:
    in_state(manager, "approved")
    query = f"{EVER}&for=requests&column=reference&column=organization&column=submitted_on"
    file = tmp_path / f"file.{form}"
    file.write_bytes(b"".join(client.get(address(form, "requests", query)).streaming_content))
    out = tmp_path / "out"
    arguments = ["--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(file)]
    subprocess.run(
        [str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", *arguments], check=True, capture_output=True
    )
    (row,) = rows_of(openpyxl.load_workbook(next(out.glob("*.xlsx"))).worksheets[0])
    today: Any = timezone.localdate()
    assert row["organization"] == "Riverbend Oncology"
    assert row["submitted_on"] == datetime.datetime(today.year, today.month, today.day)
