"""Each number on the overview leads to a list of as many requests, and to files of as many rows."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from pa_portal.determinations.models import Task
from pa_portal.reports import queries
from pa_portal.reports.figures import workload
from pa_portal.reports.filters import BASES, NOBODY, Filters, filters_for
from pa_portal.reports.forms import ReportForm
from pa_portal.reports.models import Case
from tests.reports.making import at_random, write

# The text between the tags of a link begins with its count; a share or a time leads to what it is of.
LINK = re.compile(r'<a [^>]*href="(/reports/requests/\?[^"]*)"[^>]*>\s*([0-9,]+)(?![0-9,.%])')
FOUND = re.compile(r'<span class="tabular">([0-9,]+)</span> request')


@pytest.fixture
def busy(world: SimpleNamespace) -> SimpleNamespace:
    write(world, at_random(300, seed=8, now=timezone.now(), days=250))
    owed = Task.objects.filter(stopped_at__isnull=True).order_by("due_at", "pk")
    for place, task in enumerate(owed):
        Task.objects.filter(pk=task.pk).update(assignee=(world.reviewer, world.second_reviewer, None)[place % 3])
    return world


def get(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def links(page: str) -> dict[str, int]:
    """The addresses of lists on a page, with the number that each is to show."""
    found: dict[str, int] = {}
    # Units are a sum over a list, and no count of it.
    for url, number in LINK.findall(re.sub(r"(?s)<h3[^>]*>Units authorized.*?</p>", "", page)):
        address, count = html.unescape(url), int(number.replace(",", ""))
        assert found.setdefault(address, count) == count
    return found


def test_every_number_leads_to_its_list_and_its_file(client: Client, busy: SimpleNamespace) -> None:
    client.force_login(busy.manager)
    numbers = links(get(client, "/reports/"))
    assert len(numbers) > 100
    for url, number in list(numbers.items())[::4]:
        shown = FOUND.search(get(client, url))
        assert shown, url
        assert int(shown[1].replace(",", "")) == number, url
        content = b"".join(client.get(url.replace("/requests/", "/requests.csv")).streaming_content)
        assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))) - 1 == number, url


@pytest.mark.parametrize(
    ("manager", "query"),
    [
        ("manager", ""),
        ("manager", "by=decided&from=2000-01-01&to=2099-12-31"),
        ("manager", "pathway=tnbc_first_line"),
        ("manager", "pathway=none&urgency=expedited"),
        ("manager", "type=renewal&business=medicare"),
        ("manager", "reviewer={reviewer}"),
        ("manager", "organization={clinic}"),
        ("clinic_manager", ""),
    ],
)
def test_numbers_agree_under_any_filter(client: Client, busy: SimpleNamespace, manager: str, query: str) -> None:
    user = getattr(busy, manager)
    client.force_login(user)
    query = query.format(reviewer=busy.reviewer.pk, clinic=busy.clinic.pk)
    numbers = links(get(client, f"/reports/?{query}"))
    assert len(numbers) > 10
    options = queries.options(user)
    for url, number in numbers.items():
        form = ReportForm(QueryDict(urlsplit(url).query).dict(), filters_for(user), options, BASES)
        assert form.is_valid(), url
        assert queries.totals(user, form.filters)["requests"] == number, url


def test_what_is_open_by_who_it_is_assigned_to(client: Client, busy: SimpleNamespace) -> None:
    now, expected = timezone.now(), Counter[tuple[str, str]]()
    assigned = dict(Task.objects.filter(stage="request").values_list("request_id", "assignee_id"))
    for case in Case.objects.filter(plan_id=busy.plan.pk, state__in=("submitted", "pended")):
        assignee = assigned.get(case.pk)
        expected[str(assignee) if assignee else NOBODY, "open"] += 1
        assert case.due_at
        expected[str(assignee) if assignee else NOBODY, "overdue"] += case.due_at < now
    found = workload(busy.manager, Filters(now=now))
    assert {(id, name): count for id, row in found.items() for name, count in row.items()} == expected
    assert found.keys() == {str(busy.reviewer.pk), str(busy.second_reviewer.pk), NOBODY}
    client.force_login(busy.manager)
    listed = links(get(client, "/reports/"))
    for id, row in found.items():
        assert listed[f"/reports/requests/?by=any&state=open&assignee={id}"] == row["open"]


def test_units_on_the_screen_equal_those_of_the_files(client: Client, busy: SimpleNamespace) -> None:
    client.force_login(busy.manager)
    tile = re.search(r'(?s)Units authorized</h3>.*?href="([^"]*)">([0-9,]+)', get(client, "/reports/"))
    assert tile
    url, units = html.unescape(tile[1]), int(tile[2].replace(",", ""))
    assert f'Units authorized by all of them: <span class="tabular">{units:,}</span>' in get(client, url)
    content = b"".join(client.get(url.replace("/requests/", "/requests.csv")).streaming_content)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert sum(int(row["total_units"]) for row in rows) == units
    book = b"".join(client.get(url.replace("/requests/", "/requests.xlsx")).streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(book))["Requests"]
    heads = [cell.value for cell in sheet[1]]
    assert sum(row[heads.index("total_units")] for row in sheet.iter_rows(min_row=2, values_only=True)) == units


def test_pages_hold_every_request_once(client: Client, busy: SimpleNamespace) -> None:
    client.force_login(busy.manager)
    shown: list[str] = []
    page, pages = 1, 1
    while page <= pages:
        text = get(client, f"/reports/requests/?from=2000-01-01&to=2099-12-31&page={page}")
        pages = int(re.search(r"Page \d+ of (\d+)", text)[1])  # type: ignore[index]
        shown += re.findall(r'href="/reports/requests/([0-9a-f-]{36})/"', text)
        page += 1
    response = client.get("/reports/requests.csv?from=2000-01-01&to=2099-12-31")
    content: Any = b"".join(response.streaming_content)
    assert len(shown) == len(set(shown)) == len(content.splitlines()) - 1


@pytest.mark.parametrize(("page", "shown"), [("0", 1), ("-3", 1), ("x", 1), ("", 1), ("999999", 11), ("9" * 5000, 1)])
def test_a_page_that_is_not_there_is_the_nearest(client: Client, busy: SimpleNamespace, page: str, shown: int) -> None:
    client.force_login(busy.manager)
    text = get(client, f"/reports/requests/?from=2000-01-01&to=2099-12-31&page={page}")
    assert f"Page {shown} of 11" in text


def test_what_a_list_is_narrowed_to_is_said_and_can_be_taken_away(client: Client, busy: SimpleNamespace) -> None:
    client.force_login(busy.manager)
    text = get(client, "/reports/requests/?from=2026-01-01&to=2026-02-01&state=denied&reason=first_line&outcome=meets")
    assert "This is first-line therapy" in text
    removals = [html.unescape(url) for url in re.findall(r'href="([^"]*)">Remove', text)]
    assert removals == [
        "/reports/requests/?from=2026-01-01&to=2026-02-01&outcome=meets&reason=first_line",
        "/reports/requests/?from=2026-01-01&to=2026-02-01&state=denied&reason=first_line",
        "/reports/requests/?from=2026-01-01&to=2026-02-01&state=denied&outcome=meets",
    ]
    # What only a figure leads to stays when the form is sent again.
    assert re.search(r'<input type="hidden" name="reason" value="first_line"', text)
