"""Whatever an address holds: a report, or a message by the field with what was typed. Never a failure."""

from __future__ import annotations

import datetime
import html
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pa_portal.reports.filters import FILTERS
from pa_portal.reports.forms import read_day

PAGES = ("/reports/", "/reports/requests/", "/reports/requests.csv", "/reports/requests.xlsx")

BAD_DAYS = {
    "soon": "Enter a date as month, day and year",
    "02/30/2026": "There is no such day as 02/30/2026",
    "2026-02-29": "There is no such day as 2026-02-29",
    "13/01/2026": "There is no such day as 13/01/2026",
    "00/00/0000": "There is no such day",
    "1/1/26": "Enter a date as month, day and year",
    "01/01/1999": "Enter a year from 2000 to 2099",
    "9999-12-31": "Enter a year from 2000 to 2099",
    "2026-01-01T00:00": "Enter a date as month, day and year",
    "٢٠٢٦-٠١-٠١": "Enter a date as month, day and year",
    "<script>alert(1)</script>": "Enter a date as month, day and year",
    "": "Enter the first day",
    "   ": "Enter the first day",
    "9" * 5000: "Enter a date as month, day and year",
    "NaN": "Enter a date as month, day and year",
    "\ufffd": "Enter a date as month, day and year",
}


@pytest.fixture
def manager(client: Client, world: SimpleNamespace) -> Client:
    client.force_login(world.manager)
    return client


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("typed", BAD_DAYS)
def test_a_day_that_is_none_gets_a_message_and_stays(manager: Client, path: str, typed: str) -> None:
    response = manager.get(f"{path}?{urlencode({'from': typed, 'to': '2026-03-01'})}")
    assert response.status_code == 422
    page = response.content.decode()
    assert page.count(html.escape(BAD_DAYS[typed])) == 2, "by the field, and in the summary"
    assert '<a href="#id_from">' in page
    assert f'value="{html.escape(typed.strip() or typed)}"' in page or typed.strip() == ""
    assert 'value="2026-03-01"' in page
    assert re.search(r'id="id_from"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*id="id_from"', page)
    assert "<title>Error: " in page
    assert "<script>alert" not in page


def test_the_last_day_may_not_come_first(manager: Client) -> None:
    page = manager.get("/reports/?from=03/02/2026&to=03/01/2026")
    assert page.status_code == 422
    assert "The last day is before the first" in page.content.decode()
    assert manager.get("/reports/?from=03/01/2026&to=03/01/2026").status_code == 200


def test_one_day_alone_asks_for_the_other(manager: Client) -> None:
    page = manager.get("/reports/?from=03/02/2026")
    assert (page.status_code, "Enter the last day" in page.content.decode()) == (422, True)


def test_without_days_the_last_ninety_stand_in(manager: Client) -> None:
    today = timezone.localdate()
    page = manager.get("/reports/").content.decode()
    assert f'value="{today:%m/%d/%Y}"' in page
    assert f'value="{today - datetime.timedelta(days=89):%m/%d/%Y}"' in page


@pytest.mark.parametrize("name", [one.name for one in FILTERS] + ["by"])
@pytest.mark.parametrize("value", ["nothing", "' OR 1=1 --", "%s", "%(now)s", "9" * 5000, "\ufffd"])
def test_a_filter_outside_its_list_is_refused(manager: Client, name: str, value: str) -> None:
    response = manager.get(f"/reports/requests/?{urlencode({name: value})}")
    assert response.status_code == 422
    assert "has a value that is not on the list" in response.content.decode()


def test_names_that_are_no_filter_are_ignored(manager: Client) -> None:
    assert manager.get("/reports/requests/?fbclid=x&%s=1&page=%(now)s").status_code == 200


def test_a_name_twice_counts_as_its_last(manager: Client) -> None:
    page = manager.get("/reports/requests/?state=nothing&state=denied")
    assert page.status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_a_nul_is_refused(manager: Client, path: str) -> None:
    assert manager.get(f"{path}?from=%00").status_code == 400


@pytest.mark.parametrize("query", ["from=%ED%A0%80&to=%FF", "state=%ED%A0%80", "%ED%A0%80=1&from=%C3%28"])
def test_bytes_that_are_no_text_are_refused(manager: Client, query: str) -> None:
    assert manager.get(f"/reports/requests/?{query}").status_code in (200, 422)


_ANY = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=12)
_VALUES = st.one_of(
    _ANY, st.dates().map(str), st.sampled_from(["submitted", "decided", "any", "open", "denied", "due", "0-2", "yes"])
)
_NAMES = st.sampled_from([*(one.name for one in FILTERS), "by", "from", "to", "page", "patients"])


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PAGES), query=st.dictionaries(_NAMES, _VALUES, max_size=6))
def test_no_query_makes_it_fail(manager: Client, path: str, query: dict[str, str]) -> None:
    response: Any = manager.get(f"{path}?{urlencode(query)}")
    assert response.status_code in (200, 422)
    if response.streaming:
        assert b"".join(response.streaming_content)


@given(st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)))
def test_every_day_is_read_in_both_forms(day: datetime.date) -> None:
    assert read_day(f"{day:%m/%d/%Y}") == read_day(day.isoformat()) == day
