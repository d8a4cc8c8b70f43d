"""Who gets in, and what is not there at all."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from tests.records.making import draft, submitted
from tests.review.desk import ACTS, QUEUE, Desk, act_path, case_path

INSIDE = ("reviewer", "second_reviewer", "director")
OUTSIDE = ("prescriber", "colleague", "manager", "clinic_manager")
OF_THE_OTHER_PLAN = ("other_reviewer", "other_director")
LISTS = (
    QUEUE,
    "/admin/determinations/determination/",
    "/admin/determinations/authorization/",
    "/admin/determinations/appeal/",
)


def pages(world: SimpleNamespace) -> dict[str, str]:
    request = submitted(world)
    return {"case": case_path(request)} | {act: act_path(request, act) for act in ACTS}


@pytest.mark.parametrize("role", INSIDE)
def test_reviewers_and_directors_open_every_page(client: Any, world: SimpleNamespace, role: str) -> None:
    client.force_login(getattr(world, role))
    for path in (*LISTS, *pages(world).values()):
        # What this role may not do, or not now, leads back to the case.
        there = path.rstrip("/").rpartition("/")[2] in ("recommend", "deny", "return")
        assert client.get(path).status_code in ((200, 302) if there else (200,)), path


@pytest.mark.parametrize("role", OUTSIDE)
def test_others_are_told_that_there_is_nothing(client: Any, world: SimpleNamespace, role: str) -> None:
    client.force_login(getattr(world, role))
    for path in ("/admin/", *LISTS, *pages(world).values()):
        assert client.get(path).status_code == 404, path
    assert client.post(f"{QUEUE}find/", {"words": "Quintana"}).status_code == 404


@pytest.mark.parametrize("role", OF_THE_OTHER_PLAN)
def test_another_plans_reviewer_sees_none_of_it(client: Any, world: SimpleNamespace, role: str) -> None:
    request = submitted(world)
    desk = Desk(client)
    client.force_login(getattr(world, role))
    for act in ACTS:
        assert desk.open(request, act).status == 404
        assert desk.send(request, act, "decide").status_code == 404
    assert desk.case(request).status == 404
    assert desk.queue().rows == []
    assert "No request found" in desk.read(client.post(f"{QUEUE}find/", {"words": "Quintana"})).text


def test_without_signing_in_one_is_asked_to(client: Any, world: SimpleNamespace) -> None:
    sign_in = reverse("accounts:sign_in")
    for path in ("/admin/", *LISTS, *pages(world).values()):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, f"{sign_in}?next={path}")


def test_the_admins_first_page_is_the_queue(client: Any, world: SimpleNamespace) -> None:
    client.force_login(world.reviewer)
    assert client.get("/admin/")["Location"] == QUEUE
    assert client.get("/admin/login/")["Location"] == "/admin/"


def test_a_draft_is_not_there(desk: Desk, world: SimpleNamespace) -> None:
    request = draft(world)
    assert desk.case(request).status == 404
    assert desk.open(request, "approve").status == 404
    assert desk.get(f"{QUEUE}{uuid.uuid4()}/change/").status == 404


ABSENT = (
    "submissions/request/add/",
    "submissions/request/{id}/",
    "submissions/request/{id}/delete/",
    "submissions/request/{id}/history/",
    "submissions/request/1/change/",
    "submissions/request/{id}/withdraw/",
    "determinations/determination/{unknown}/change/",
    "determinations/authorization/add/",
    "determinations/letter/add/",
    "determinations/letter/{unknown}/change/",
    "submissions/",
    "submissions/patient/",
    "audit/event/",
    "accounts/user/",
    "auth/group/",
    "autocomplete/",
    "jsi18n/",
    "password_change/",
    "r/1/{id}/",
    "nothing/",
)


def test_what_the_review_does_not_use_does_not_exist(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    for rest in ABSENT:
        path = "/admin/" + rest.format(id=request.pk, unknown=uuid.uuid4())
        assert desk.client.get(path).status_code == 404, path
        assert desk.client.post(path).status_code == 404, path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", QUEUE),
        ("post", "/admin/determinations/determination/"),
        ("get", f"{QUEUE}find/"),
        ("post", "{case}"),
        ("delete", "{case}"),
        ("put", "{approve}"),
        ("get", "/admin/logout/"),
    ],
)
def test_wrong_methods_are_refused(desk: Desk, world: SimpleNamespace, method: str, path: str) -> None:
    request = submitted(world)
    path = path.format(case=case_path(request), approve=act_path(request, "approve"))
    assert getattr(desk.client, method)(path).status_code == 405


def test_bulk_actions_are_refused(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    data = {"action": "delete_selected", "_selected_action": str(request.pk), "index": "0", "post": "yes"}
    assert desk.client.post(QUEUE, data).status_code == 405
    request.refresh_from_db()
    assert request.state == "submitted"
