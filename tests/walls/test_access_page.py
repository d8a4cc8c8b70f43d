"""The privacy officer's pages: who saw or changed what about a patient, and what a colleague did."""

from __future__ import annotations

import csv
import datetime
import io
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import Error, connection, transaction
from django.test import Client

from pa_portal.accounts.actions import appoint_privacy_officer
from pa_portal.accounts.models import User
from pa_portal.audit import acting, reporting
from pa_portal.audit.models import Event, Trace
from pa_portal.determinations.models import Letter
from pa_portal.reports import access_looks
from pa_portal.submissions.models import Patient, Request

PAGE = "/reports/access/"
NOW = {"from": "2020-01-01", "to": "2099-12-31"}


@pytest.fixture
def officer(world: SimpleNamespace, client: Client) -> SimpleNamespace:
    """The plan's privacy officer, signed in; ``patient`` has a letter that was read by the reviewer."""
    for user in (world.manager, world.other_manager):
        appoint_privacy_officer(by=None, user=user)
    world.request = world.sent["called"]
    world.patient = world.request.patient
    world.letter = Letter.objects.filter(request=world.request).first()
    reader = Client()
    reader.force_login(world.reviewer)
    reader.get(f"/letters/{world.letter.pk}/")
    reader.force_login(world.prescriber)
    reader.get("/requests/")
    client.force_login(world.manager)
    return world


def of_patient(patient: Patient, file: str = "", days: str = "from=2020-01-01&to=2099-12-31") -> str:
    return f"{PAGE}patients/{patient.pk}/{file}?{days}"


def of_person(user: User, file: str = "", days: str = "from=2020-01-01&to=2099-12-31") -> str:
    return f"{PAGE}people/{user.pk}/{file}?{days}"


def ask(client: Client, about: str = "patient", **typed: Any) -> Any:
    return client.post(PAGE, {"about": about, **NOW, **typed})


def read(response: Any) -> list[dict[str, str]]:
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


# Who may


@pytest.mark.parametrize("who", ["reviewer", "director", "prescriber", "clinic_manager", "manager"])
def test_nobody_else_has_these_pages(client: Client, world: SimpleNamespace, who: str) -> None:
    """A manager who was not appointed has not either, nor one of a practice, whatever the account says."""
    User.objects.filter(pk=world.clinic_manager.pk).update(is_privacy_officer=True)
    client.force_login(getattr(world, who))
    patient = world.sent["called"].patient
    for path in (PAGE, of_patient(patient), of_patient(patient, "file.csv"), of_person(world.reviewer)):
        assert client.get(path).status_code == 404
    assert ask(client, words="PMH1001").status_code == 404
    if who == "manager":
        assert PAGE not in client.get("/reports/").content.decode()


def test_the_navigation_leads_there(client: Client, officer: SimpleNamespace) -> None:
    assert f'href="{PAGE}"' in client.get("/reports/").content.decode()
    assert client.get(PAGE).status_code == 200


# Choosing


def test_a_member_id_leads_to_the_report_and_stays_out_of_the_address(client: Client, officer: SimpleNamespace) -> None:
    Patient.objects.filter(pk=officer.patient.pk).update(member_id="ONLY-7788")
    response = ask(client, words="only-7788")
    assert response.status_code == 303
    assert response["Location"] == of_patient(officer.patient)


def another(patient: Patient, request: Request, **details: str) -> Patient:
    """Return a patient like this one, whom ``request`` is about now."""
    kept = {field.name: getattr(patient, field.name) for field in Patient._meta.concrete_fields if field.name != "id"}
    made = Patient.objects.create(**{**kept, **details})
    Request.objects.filter(pk=request.pk).update(patient=made)
    return made


def test_a_name_that_several_have_lists_them(client: Client, officer: SimpleNamespace) -> None:
    second = another(officer.patient, officer.sent["pended"])
    response = ask(client, words="Quintana marisol")
    assert response.status_code == 200
    page = response.content.decode()
    for patient in (officer.patient, second):
        assert of_patient(patient).replace("&", "&amp;") in page
    looked = Trace.objects.get(what="shown", object_type="submissions_patient", user_id=officer.manager.pk)
    assert set(looked.subjects) == {officer.patient.pk, second.pk}
    assert Event.objects.get(action="report.patients_searched").detail == {"found": 2}


def test_a_patient_whom_nothing_was_sent_about_is_not_there(client: Client, officer: SimpleNamespace) -> None:
    patient = another(officer.patient, officer.draft, member_id="DRAFT-1")
    assert "No patient found" in ask(client, words="DRAFT-1").content.decode()
    assert client.get(of_patient(patient)).status_code == 404


def test_a_colleague_leads_to_the_report(client: Client, officer: SimpleNamespace) -> None:
    response = ask(client, "person", person=officer.reviewer.pk)
    assert response.status_code == 303
    assert response["Location"] == of_person(officer.reviewer)


MISTAKES = [
    ({"about": "patient", "words": ""}, "Enter the patient’s name or member ID."),
    ({"about": "person", "person": ""}, "Choose the person whom the report is about."),
    ({"about": "person", "person": "nonsense"}, "Choose a person from the list."),
    ({"about": "nonsense"}, "Choose a patient or a colleague."),
    ({"about": "patient", "words": "x" * 101}, "at most 100 characters"),
    ({"about": "patient", "words": "a", "from": "13/45/2026"}, "There is no such day as 13/45/2026."),
    ({"about": "patient", "words": "a", "from": ""}, "Enter a day, such as 07/31/2026."),
    ({"about": "patient", "words": "a", "from": "2026-02-01", "to": "2026-01-01"}, "The last day is before the first."),
]


@pytest.mark.parametrize(("typed", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_a_mistake_is_told_at_its_field(
    client: Client, officer: SimpleNamespace, typed: dict[str, str], told: str
) -> None:
    response = client.post(PAGE, {**NOW, **typed})
    assert response.status_code == 422
    page = response.content.decode()
    assert "There is a problem" in page
    assert told in page
    if typed.get("from"):
        assert f'value="{typed["from"]}"' in page


# What it says


def test_who_saw_a_patient_s_data_newest_first(client: Client, officer: SimpleNamespace) -> None:
    rows = read(client.get(of_patient(officer.patient, "file.csv")))
    assert [row["when"] for row in rows] == sorted((row["when"] for row in rows), reverse=True)
    (look,) = [row for row in rows if row["page"] == "GET correspondence:letter"]
    assert (look["person"], look["organization"], look["what"]) == ("Dora Testcase", "Piedmont Mutual", "Page")
    assert look["address"] == "127.0.0.1"
    assert re.fullmatch("[0-9a-f]{32}", look["request_id"])
    assert {"1 request", "1 patient", "1 letter"} <= {row["of"] for row in rows if row["what"] == "Added"}
    page = client.get(of_patient(officer.patient)).content.decode()
    assert "GET correspondence:letter" in page
    assert "Dora Testcase" in page


def test_of_another_organization_s_people_there_is_no_name_or_address(client: Client, officer: SimpleNamespace) -> None:
    rows = read(client.get(of_patient(officer.patient, "file.csv")))
    theirs = [row for row in rows if row["page"] == "GET intake:dashboard"]
    assert [(row["person"], row["address"], row["database_login"]) for row in theirs] == [("", "", "")]
    assert theirs[0]["organization"] == officer.clinic.name
    page = client.get(of_patient(officer.patient)).content.decode()
    assert "Somebody there" in page
    assert "Ana Testcase" not in page


def test_what_a_colleague_did(client: Client, officer: SimpleNamespace) -> None:
    rows = read(client.get(of_person(officer.reviewer, "file.csv")))
    assert {row["person"] for row in rows} == {"Dora Testcase"}
    assert "GET correspondence:letter" in {row["page"] for row in rows}


def test_another_organization_s_are_not_there(client: Client, officer: SimpleNamespace) -> None:
    assert client.get(of_person(officer.prescriber)).status_code == 404
    assert client.get(of_person(officer.other_reviewer, "file.csv")).status_code == 404
    page = ask(client, "person", person=officer.prescriber.pk)
    assert page.status_code == 422
    client.force_login(officer.other_manager)
    assert client.get(of_patient(officer.patient)).status_code == 404
    assert client.get(of_patient(officer.patient, "file.csv")).status_code == 404
    assert "No patient found" in ask(client, words="Quintana").content.decode()


def test_days_without_anything_say_so(client: Client, officer: SimpleNamespace) -> None:
    days = "from=2001-01-01&to=2001-01-02"
    assert "Nothing is on record for these days." in client.get(of_patient(officer.patient, "", days)).content.decode()
    assert read(client.get(of_patient(officer.patient, "file.csv", days))) == []


@pytest.mark.parametrize("file", ["", "file.csv"])
def test_days_that_make_no_sense_are_told(client: Client, officer: SimpleNamespace, file: str) -> None:
    for address in (of_patient(officer.patient, file, "from=soon&to="), of_person(officer.reviewer, file, "from=soon")):
        response = client.get(address)
        assert response.status_code == 422
        assert b"There is a problem" in response.content


def test_pages_hold_everything_once(client: Client, officer: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while the reading itself adds to the record."""
    whole = [look.id for look in _all(officer)]
    monkeypatch.setattr(access_looks, "PAGE", 7)
    address, seen = of_patient(officer.patient), []
    for _ in range(len(whole)):
        response = client.get(address)
        seen += [line.id for line in response.context["lines"]]
        older = re.search(r'href="([^"]+)">Older', response.content.decode())
        if older is None:
            break
        address = older[1].replace("&amp;", "&")
    assert [id for id in seen if id in set(whole)] == whole
    for nonsense in ("x", "-1", "9" * 40, "٣"):
        assert client.get(of_patient(officer.patient) + f"&before={nonsense}").status_code == 200


def _all(world: SimpleNamespace) -> list[reporting.OfficersLook]:
    with transaction.atomic(), acting.as_person(world.manager):
        days = datetime.date(2020, 1, 1), datetime.date(2099, 12, 31)
        return list(access_looks.about_patient(world.manager, world.patient, *days).all())


def test_the_look_itself_is_on_record(client: Client, officer: SimpleNamespace) -> None:
    client.get(of_patient(officer.patient))
    client.get(of_patient(officer.patient, "file.csv"))
    acts = Event.objects.filter(object_id=str(officer.patient.pk), actor_id=officer.manager.pk)
    assert [act.action for act in acts] == ["report.access_read", "report.access_exported"]
    traces = Trace.objects.filter(user_id=officer.manager.pk, subjects__contains=[officer.patient.pk])
    assert [(row.what, row.page) for row in traces] == [
        ("page", "GET reports:access_patient"),
        ("page", "GET reports:access_patient_csv"),
        ("file", "GET reports:access_patient_csv"),
    ]


# The wall


@pytest.mark.parametrize("who", ["manager", "reviewer", "clinic_manager"])
def test_the_database_itself_refuses_anybody_else(world: SimpleNamespace, who: str) -> None:
    """Also the manager of a plan who was not appointed."""
    refused = pytest.raises(Error, match="only a privacy officer")
    with refused, transaction.atomic(), acting.as_person(getattr(world, who)), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM audit_looks(NULL, NULL, NULL, %s, '{}', '-infinity', 'infinity', NULL, 10)",
            [world.reviewer.pk],
        )


def test_the_database_itself_keeps_another_organization_s_people_apart(officer: SimpleNamespace) -> None:
    with transaction.atomic(), acting.as_person(officer.manager), connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM audit_looks(NULL, NULL, NULL, %s, '{}', '-infinity', 'infinity', NULL, 10)",
            [officer.prescriber.pk],
        )
        assert cursor.fetchall() == []


# In a browser


def search(page: Any, words: str = "quintana") -> None:
    """By the keyboard alone."""
    page.get_by_label("Patient’s name or member ID").fill(words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_the_pages_fit_and_are_accessible(
    page: Any, live_server: Any, officer: SimpleNamespace, client: Client, axe: Any, screenshot: Any
) -> None:
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    another(officer.patient, officer.sent["pended"])
    steps = {
        "form": lambda: page.goto(PAGE),
        "in-error": lambda: search(page, ""),
        "found": lambda: search(page),
        "report": lambda: page.goto(of_patient(officer.patient)),
    }
    for step, go in steps.items():
        page.set_viewport_size({"width": 320, "height": 800})
        go()
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert axe(page) == []
        screenshot(page, f"access-{step}-320")
        page.set_viewport_size({"width": 1280, "height": 900})
        screenshot(page, f"access-{step}")
