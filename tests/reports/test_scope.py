"""Who sees which requests in reports, and who sees no reports at all."""

from __future__ import annotations

import csv
import io
import re
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from pa_portal.accounts.models import User
from pa_portal.audit.queries import pages_about
from pa_portal.determinations.models import Letter
from pa_portal.reports import queries
from pa_portal.reports.filters import Filters
from pa_portal.reports.queries import fetch, select
from tests.records.making import draft, in_state
from tests.reports.making import Made, write
from tests.reports.test_files import DAY, EVER

PATHS = (
    "/reports/",
    "/reports/requests/",
    "/reports/requests.csv",
    "/reports/requests.xlsx",
    "/reports/definitions/",
    f"/reports/requests/{uuid.UUID(int=1)}/",
)
OTHERS = ("prescriber", "other_prescriber", "reviewer", "other_reviewer")

# organization, plan -> who among the managers sees it
WHO_SEES = {
    ("clinic", "plan"): {"manager", "clinic_manager"},
    ("other_clinic", "plan"): {"manager"},
    ("clinic", "other_plan"): {"other_manager", "clinic_manager"},
    ("other_clinic", "other_plan"): {"other_manager"},
}


@pytest.fixture
def spread(world: SimpleNamespace) -> dict[tuple[str, str], Made]:
    """One request from each organization to each plan."""
    made = {pair: Made(DAY, organization=pair[0], plan=pair[1]) for pair in WHO_SEES}
    write(world, list(made.values()))
    return made


def references(client: Client, manager: User) -> set[str]:
    client.force_login(manager)
    content = b"".join(client.get(f"/reports/requests.csv?{EVER}").streaming_content).decode("utf-8-sig")
    return {row["reference"] for row in csv.DictReader(io.StringIO(content))}


@pytest.mark.parametrize("who", ["manager", "other_manager", "clinic_manager"])
def test_a_manager_sees_their_own_side_alone(
    client: Client, world: SimpleNamespace, spread: dict[Any, Made], who: str
) -> None:
    expected = {made.request.reference for pair, made in spread.items() if who in WHO_SEES[pair]}
    assert references(client, getattr(world, who)) == expected
    page = client.get(f"/reports/requests/?{EVER}").content.decode()
    assert set(re.findall(r"PA-[0-9A-Z]{4}-[0-9A-Z]{4}", page)) == expected
    for pair, made in spread.items():
        status = client.get(f"/reports/requests/{made.request.pk}/").status_code
        assert status == (200 if who in WHO_SEES[pair] else 404)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", OTHERS)
def test_other_roles_find_no_reports(client: Client, world: SimpleNamespace, who: str, path: str) -> None:
    client.force_login(getattr(world, who))
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_without_signing_in_one_is_asked_to(client: Client, db: None, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/")


@pytest.mark.parametrize("path", PATHS[:5])
def test_reports_only_read(client: Client, world: SimpleNamespace, path: str) -> None:
    client.force_login(world.manager)
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("who", [*OTHERS, "nobody_active"])
def test_the_query_itself_holds_nothing_for_others(world: SimpleNamespace, spread: dict[Any, Made], who: str) -> None:
    world.nobody_active = world.manager
    if who == "nobody_active":
        world.manager.is_active = False
    user = getattr(world, who)
    assert fetch(select(user, Filters(), "count(*) AS found")) == [{"found": 0}]
    assert queries.case(user, spread["clinic", "plan"].request.pk) is None


def test_drafts_are_in_no_report(client: Client, world: SimpleNamespace) -> None:
    started = draft(world)
    for manager in (world.manager, world.clinic_manager):
        assert references(client, manager) == set()
        assert client.get(f"/reports/requests/{started.pk}/").status_code == 404


def test_another_organizations_filter_values_are_refused(
    client: Client, world: SimpleNamespace, spread: dict[Any, Made]
) -> None:
    client.force_login(world.manager)
    assert client.get(f"/reports/requests/?{EVER}&organization={world.other_clinic.pk}").status_code == 200
    # A plan is no provider organization, and a stranger no reviewer: neither is even on the list.
    assert client.get(f"/reports/requests/?{EVER}&organization={world.other_plan.pk}").status_code == 422
    assert client.get(f"/reports/requests/?{EVER}&reviewer={world.other_reviewer.pk}").status_code == 422


def test_a_providers_manager_learns_nothing_of_reviewers_or_other_organizations(
    client: Client, world: SimpleNamespace
) -> None:
    request = in_state(world, "approved")
    write(world, [Made(DAY, organization="other_clinic")])
    client.force_login(world.clinic_manager)
    for path in ("/reports/", "/reports/requests/", f"/reports/requests/{request.pk}/", "/reports/definitions/"):
        page = client.get(path).content.decode()
        assert "Dora" not in page
        assert "Harbor Light" not in page
        assert "Reviewers" not in page
        assert 'name="reviewer"' not in page
    # What the form does not have, an address cannot bring in.
    response = client.get(f"/reports/requests/?{EVER}&reviewer={world.reviewer.pk}")
    assert request.reference in response.content.decode()


def test_pages_name_no_patient_but_the_one_about_a_request(client: Client, world: SimpleNamespace) -> None:
    request = in_state(world, "approved")
    client.force_login(world.manager)
    for path in ("/reports/", "/reports/requests/"):
        page = client.get(path).content.decode()
        assert "Quintana" not in page
        assert "PMH1001" not in page
    assert "Quintana" in client.get(f"/reports/requests/{request.pk}/").content.decode()


def test_a_request_shows_what_became_of_it_and_each_reading_is_recorded(client: Client, world: SimpleNamespace) -> None:
    request = in_state(world, "approved")
    client.force_login(world.manager)
    response = client.get(f"/reports/requests/{request.pk}/")
    page = response.content.decode()
    authorization = request.authorizations.get()
    letter = Letter.objects.get(determination__request=request)
    for text in (request.reference, authorization.number, f"/letters/{letter.pk}/", "Dora Testcase", "C50.911"):
        assert text in page
    assert "no-store" in response["Cache-Control"]
    (look,) = pages_about(request)
    assert (look.user_id, look.page) == (world.manager.pk, "GET reports:case")


def test_the_manager_lands_on_the_reports(client: Client, world: SimpleNamespace) -> None:
    client.force_login(world.manager)
    assert client.get("/", follow=True).redirect_chain == [("/reports/", 302)]
