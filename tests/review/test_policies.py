"""The policies' versions, the criteria of one, and what one version changes of another."""

from __future__ import annotations

import dataclasses
import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from criteria import catalog
from criteria.show import show
from pa_portal.review import policy_versions
from tests.records.making import in_state, submitted
from tests.review.desk import Desk

PATH = "/admin/policies/"
NOW = "2025-09-04"
NEXT = "2031-01-01"


@pytest.fixture
def two_versions(monkeypatch: Any) -> Any:
    """The policy with a later version that allows fewer units."""
    old = catalog.get("IC-0072", NOW)
    new = dataclasses.replace(
        old,
        version=NEXT,
        effective=datetime.date(2031, 1, 1),
        dosing=dataclasses.replace(old.dosing, max_units=old.dosing.max_units - 10),
    )
    monkeypatch.setattr(catalog, "versions", lambda policy_id, root=None: (old, new))
    return old, new


def test_versions_and_criteria(desk: Desk) -> None:
    seen = desk.get(PATH)
    assert "Governs today" in seen.text
    assert f"{PATH}IC-0072/{NOW}/" in seen.html
    policy = desk.get(f"{PATH}IC-0072/{NOW}/")
    assert "What changed" not in policy.text
    assert "HER2 was measured with an FDA-approved or CLIA-compliant test" in policy.text
    assert "ER staining: at least 1%" in policy.text
    for line in show(catalog.get("IC-0072", NOW)).splitlines():
        assert " ".join(line.split()) in policy.text


def test_what_a_version_changes(desk: Desk, two_versions: Any) -> None:
    old, new = two_versions
    assert f"{PATH}IC-0072/{NOW}/{NEXT}/" in desk.get(f"{PATH}IC-0072/{NEXT}/").html
    seen = desk.get(f"{PATH}IC-0072/{NOW}/{NEXT}/")
    for kind, units in (("Removed:", old.dosing.max_units), ("Added:", new.dosing.max_units)):
        assert f"{kind} At most {units} units" in seen.text
    assert f"Units was At most {old.dosing.max_units}" in seen.text
    assert "are the same" in desk.get(f"{PATH}IC-0072/{NOW}/{NOW}/").text


@pytest.mark.parametrize(("day", "governs"), [("2025-09-03", []), (NOW, [NOW]), ("2030-12-31", [NOW]), (NEXT, [NEXT])])
def test_which_version_governs_is_by_date(two_versions: Any, day: str, governs: list[str]) -> None:
    found = policy_versions.versions("IC-0072", datetime.date.fromisoformat(day))
    assert [each.policy.version for each in found] == [NEXT, NOW]
    assert [each.policy.version for each in found if each.governs] == governs


@pytest.mark.parametrize("rest", ["IC-0072/2020-01-01/", "IC-9999/2025-09-04/", f"IC-0072/{NOW}/x/", "..%2f/x/", "x/"])
def test_what_there_is_not(desk: Desk, rest: str) -> None:
    assert desk.get(f"{PATH}{rest}").status == 404


def test_reviewers_alone_read_it_here(client: Any, world: SimpleNamespace) -> None:
    for role, status in (("reviewer", 200), ("director", 200), ("manager", 404), ("prescriber", 404)):
        client.force_login(getattr(world, role))
        for path in (PATH, f"{PATH}IC-0072/{NOW}/"):
            assert client.get(path).status_code == status, role
    assert client.post(PATH).status_code == 404


def test_each_changed_criterion_says_what_was_and_what_is(desk: Desk, monkeypatch: Any) -> None:
    old = catalog.get("IC-0072", NOW)
    age, *rest = old.universal
    stricter = dataclasses.replace(age, test=dataclasses.replace(age.test, years=21), label="Patient is 21 or older")
    codes = {code: text for code, text in old.diagnoses.items() if code != "C50.011"} | {"C50.A0": "A new code"}
    new = dataclasses.replace(
        old, version=NEXT, universal=(stricter, *rest[1:]), pathways=old.pathways[1:], diagnoses=codes
    )
    monkeypatch.setattr(catalog, "versions", lambda policy_id, root=None: (old, new))
    text = desk.get(f"{PATH}IC-0072/{NOW}/{NEXT}/").text
    assert "Changed Patient is 21 or older" in text
    assert "Test was 18 years or more" in text
    assert "is 21 years or more" in text
    assert f"Removed {rest[0].label}" in text
    assert f"Removed {old.pathways[0].label}" in text
    assert "Added Diagnosis codes C50.A0 is A new code" in text
    assert "Removed Diagnosis codes C50.011 was" in text


def test_a_version_says_how_much_it_is_used(desk: Desk, world: SimpleNamespace) -> None:
    submitted(world)
    in_state(world, "denied")
    assert "2 requests submitted and 1 decision made" in desk.get(f"{PATH}IC-0072/{NOW}/").text
    desk.client.force_login(world.other_reviewer)
    assert "0 requests submitted and 0 decisions made" in desk.get(f"{PATH}IC-0072/{NOW}/").text
