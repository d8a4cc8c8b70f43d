"""The measures that plans publish: counted on paper, counted again in plain Python, shown, and as a file."""

from __future__ import annotations

import csv
import datetime
import io
import statistics
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from pa_portal.audit.models import Event
from pa_portal.reports import daily
from pa_portal.reports.published import MEASURES, Year, businesses, published
from tests.reports import recount
from tests.reports.making import Made, at_random, write
from tests.reports.test_figures_by_hand import at

YEAR = 2026
NOW = datetime.datetime(2026, 12, 30, 16, 30, tzinfo=datetime.UTC)


def by_hand() -> list[Made]:
    """Eight standard decisions of 2026 and four expedited ones, and what counts in no measure."""
    one_day = {"decided_at": at(3, 3)}
    return [
        # Standard: five approved in full, one after an extension; one in part; two denied, one of them overturned.
        Made(at(3, 2), "approved", **one_day),
        Made(at(3, 1), "approved", decided_at=at(3, 3), business="medicaid"),
        Made(at(2, 28), "approved", decided_at=at(3, 3), business="medicaid"),
        Made(at(2, 21), "approved", decided_at=at(3, 3), hours_allowed=300, extended=48),
        Made(at(3, 2), "approved", modified=True, **one_day),
        Made(at(3, 2), "denied", reasons=("first_line",), **one_day),
        Made(at(3, 2), "approved", appeal="overturned", reasons=("first_line",), **one_day),
        Made(at(3, 2), "denied", appeal="upheld", reasons=("first_line",), **one_day),
        # Expedited: two approved in full, one of them extended; two denied.
        Made(at(3, 3, 0), "approved", urgency="expedited", decided_at=at(3, 3, 12)),
        Made(at(3, 3, 6), "approved", urgency="expedited", decided_at=at(3, 3, 12), hours_allowed=90, extended=18),
        Made(at(3, 2), "denied", urgency="expedited", reasons=("first_line",), **one_day),
        Made(at(3, 2), "denied", urgency="expedited", appeal="open", reasons=("first_line",), **one_day),
        # Withdrawn, open, and decided in the year before.
        Made(at(3, 2), "withdrawn"),
        Made(at(3, 2), "submitted"),
        Made(
            at(1, 1, 0) - datetime.timedelta(days=3), "approved", decided_at=at(1, 1, 0) - datetime.timedelta(minutes=1)
        ),
    ]


def said(year: Year, business: str = "") -> dict[int, list[str]]:
    return {row.number: [result.value.text for result in row.results] for row in year.rows(business)}


@pytest.mark.parametrize("kept", [False, True])
def test_by_hand(world: SimpleNamespace, kept: bool) -> None:
    write(world, by_hand())
    if kept:
        daily.fold()
    found = published(world.manager, YEAR)
    assert said(found) == {
        2: ["50.0%"],  # 4 of 8
        3: ["50.0%"],
        4: ["12.5%", "25.0%", "50.0%"],  # 1 of 8 decided, of 4 denied at first, of 2 of them appealed
        5: ["16.7%", "100.0%"],  # 2 of 12, of 2 extended
        6: ["50.0%"],
        7: ["50.0%"],
        8: ["2.5 days", "1.0 days"],  # 1, 2, 3, 10 and four times 1
        9: ["16.5 hours", "18.0 hours"],  # 12, 6, 24, 24
    }
    assert said(found, "medicaid")[2] == ["100.0%"]
    assert said(found, "medicaid")[6] == ["–"]
    assert [row.parts[0].text for row in found.rows()] == ["4", "4", "1", "2", "2", "2", "8", "4"]
    last = said(published(world.manager, YEAR - 1))
    assert last[2] == ["100.0%"]
    assert last[8] == ["3.0 days", "3.0 days"]


@pytest.mark.parametrize("seed", [1, 2])
def test_counted_again_in_plain_python(world: SimpleNamespace, seed: int) -> None:
    made = at_random(400, seed=seed, now=NOW)
    write(world, made)
    daily.fold()
    found = published(world.manager, YEAR)
    mine = [one for one in made if one.plan == "plan" and one.first and recount.local(moment(one)).year == YEAR]
    for business, _ in businesses():
        here = [one for one in mine if business in ("", one.business)]
        for measure, lines in zip(MEASURES, found.rows(business), strict=True):
            of = [one for one in here if one.urgency in measure.urgencies]
            assert [part.text for part in lines.parts][-1] == f"{len(of):,}"
            if measure.number in (8, 9):
                size, unit = (24, "days") if measure.number == 8 else (1, "hours")
                hours = [one.hours / size for one in of if one.hours is not None]
                expected = [f"{count(hours):,.1f} {unit}" for count in (statistics.fmean, statistics.median)]
            else:
                expected = [share(sum(map(test, of)), sum(map(under, of))) for test, under in TESTS[measure.number]]
            assert [result.value.text for result in lines.results] == expected, (measure.title, business)


def moment(one: Made) -> datetime.datetime:
    assert one.decided_at is not None
    return one.decided_at


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "–"


def full(one: Made) -> bool:
    return one.first == "approved" and not one.modified


def overturned(one: Made) -> bool:
    return recount.adverse(one) and one.appeal == "overturned"


def anything(one: Made) -> bool:
    return True


def appealed(one: Made) -> bool:
    return recount.adverse(one) and bool(one.appeal)


def extended(one: Made) -> bool:
    return one.extended > 0


def extended_full(one: Made) -> bool:
    return full(one) and extended(one)


TESTS: dict[int, list[tuple[recount.Test, recount.Test]]] = {
    2: [(full, anything)],
    3: [(recount.adverse, anything)],
    4: [(overturned, anything), (overturned, recount.adverse), (overturned, appealed)],
    5: [(extended_full, anything), (extended_full, extended)],
    6: [(full, anything)],
    7: [(recount.adverse, anything)],
}


def test_each_number_leads_to_as_many_requests(world: SimpleNamespace, client: Client) -> None:
    write(world, by_hand())
    client.force_login(world.manager)
    for business in ("", "medicaid"):
        for row in published(world.manager, YEAR).rows(business):
            others = [result.of for result in row.results if result.of]
            assert len(others) == {4: 2, 5: 1}.get(row.number, 0)
            assert {result.value.url for result in row.results} == {row.parts[0].url}
            for part in (*row.parts, *others):
                if not part.url:
                    assert part.text == "0"
                    continue
                page = client.get(part.url)
                assert page.status_code == 200
                assert page.context["page"].count == int(part.text), (row.title, parse_qs(urlsplit(part.url).query))


def test_the_page_and_its_file(world: SimpleNamespace, client: Client) -> None:
    write(world, by_hand())
    client.force_login(world.manager)
    page = client.get(reverse("reports:published"), {"year": YEAR, "business": "medicaid"})
    text = page.content.decode()
    assert page.status_code == 200
    for needed in ("CMS-0057-F", "leaves drugs out", "J9207", "Numerator", "Denominator", "Standard requests denied"):
        assert needed in text
    file = client.get(reverse("reports:published_csv"), {"year": YEAR})
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert {row["line_of_business"] for row in rows} == {label for _, label in businesses()}
    everyone = {row["measure"]: row for row in rows if row["line_of_business"].startswith("All")}
    assert everyone["Standard requests approved"] | {"definition": ""} == {
        "year": "2026",
        "line_of_business": "All lines of business",
        "number": "2",
        "measure": "Standard requests approved",
        "numerator": "4",
        "denominator": "8",
        "value": "50.0",
        "unit": "%",
        "definition": "",
    }
    assert everyone["Time to decide expedited requests, median"]["value"] == "18.0"
    assert all(row["definition"] for row in rows)
    event = Event.objects.get(action="report.exported")
    assert (event.detail["report"], event.detail["year"]) == ("published", YEAR)


@pytest.mark.parametrize("query", [{"year": "x"}, {"year": "1066"}, {"business": "other"}, {"year": "2" * 5000}])
@pytest.mark.parametrize("address", ["reports:published", "reports:published_csv"])
def test_what_makes_no_sense(world: SimpleNamespace, client: Client, address: str, query: dict[str, Any]) -> None:
    client.force_login(world.manager)
    page = client.get(reverse(address), query)
    assert page.status_code == 422
    assert "There is a problem" in page.content.decode() or "error-summary" in page.content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("manager", 200), ("clinic_manager", 404), ("reviewer", 404), ("prescriber", 404)]
)
def test_who_may(world: SimpleNamespace, client: Client, who: str, status: int) -> None:
    client.force_login(getattr(world, who))
    for address in ("reports:published", "reports:published_csv"):
        assert client.get(reverse(address)).status_code == status
