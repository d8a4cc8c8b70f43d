"""Before a decision or a signature: who is there? And that what was typed goes on from where it was."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pa_portal.accounts.models import Session
from pa_portal.determinations.models import Determination, Recommendation
from pa_portal.submissions import queries
from pa_portal.submissions.models import Submission
from tests.access.signing_in import code, set_up_app, sign_in
from tests.records.making import PASSWORD, day, draft, in_state, submitted

CONFIRM = "/accounts/confirm/"
QUEUE = "/admin/submissions/request/"
WHY = "The pathology addendum settles it.\nSecond line, “quoted”."


def long_ago(minutes: float = 5.1) -> None:
    """As if everybody had signed in so long ago."""
    Session.objects.update(started_at=timezone.now() - timedelta(minutes=minutes))


def act(request: Any, **typed: Any) -> dict[str, Any]:
    request.refresh_from_db()
    return {"version": request.version, "step": "decide", **typed}


ACTS = {
    "approve": lambda: {"start": day(7), "rationale": WHY},
    "pend": lambda: {"other": WHY, "respond_by": day(7)},
    "recommend": lambda: {"reasons": ["her2_negative"], "sentence-her2_negative": "It shows 3+.", "rationale": WHY},
    "deny": lambda: {"reasons": ["her2_negative"], "sentence-her2_negative": "It shows 3+.", "rationale": WHY},
}


@pytest.mark.parametrize("name", ACTS)
def test_a_decision_asks_first_and_then_goes_on(world: SimpleNamespace, client: Client, name: str) -> None:
    request = submitted(world)
    client.force_login(world.director if name == "deny" else world.reviewer)
    path, typed = f"{QUEUE}{request.pk}/{name}/", ACTS[name]()
    long_ago()
    assert client.post(path, {**act(request, **typed), "step": ""}).status_code == 200  # a look at it needs nothing
    asked = client.post(path, act(request, **typed))
    assert (asked.status_code, asked["Location"]) == (302, f"{CONFIRM}?next={path.replace('/', '%2F')}")
    assert not Determination.objects.exists()
    assert not Recommendation.objects.exists()
    assert "What you typed is kept" in client.get(asked["Location"]).content.decode()
    assert client.post(asked["Location"], {"password": "wrong"}).status_code == 422
    done = client.post(asked["Location"], {"password": PASSWORD})
    assert (done.status_code, done["Location"]) == (303, f"{QUEUE}{request.pk}/change/")
    made = Recommendation.objects.get() if name == "recommend" else Determination.objects.get()
    assert "addendum settles it" in made.rationale + getattr(made, "information_needed", "")
    assert made.signature["method"] == "password"
    assert made.signature["confirmed_at"]
    assert "after showing: password" in client.get(done["Location"]).content.decode() or name == "recommend"


def test_a_prescriber_who_signs_is_asked_too(world: SimpleNamespace, client: Client) -> None:
    request = draft(world)
    client.force_login(world.prescriber)
    long_ago()
    asked = client.post(f"/requests/{request.pk}/check/", {"version": request.version})
    assert asked["Location"].startswith(CONFIRM)
    assert not Submission.objects.exists()
    done = client.post(asked["Location"], {"password": PASSWORD})
    assert (done.status_code, done["Location"]) == (303, f"/requests/{request.pk}/submitted/")
    submission = Submission.objects.get()
    assert submission.content["attestation"]["method"] == "password"
    assert submission.content["attestation"]["signed_by"]["id"] == str(world.prescriber.pk)


def test_an_answer_to_a_request_for_information_is_a_signature(world: SimpleNamespace, client: Client) -> None:
    request = in_state(world, "pended")
    client.force_login(world.prescriber)
    long_ago()
    asked = client.post(f"/requests/{request.pk}/respond/", {"version": request.version, "response": WHY})
    assert asked["Location"].startswith(CONFIRM)
    client.post(asked["Location"], {"password": PASSWORD})
    assert "quoted" in queries.submission_of(request).content["request"]["response"]
    assert Submission.objects.count() == 2


@pytest.mark.parametrize(("minutes", "asked"), [(0, False), (4.9, False), (5.1, True)])
def test_whoever_signed_in_just_now_is_not_asked(
    world: SimpleNamespace, client: Client, minutes: float, asked: bool
) -> None:
    request = draft(world)
    client.force_login(world.prescriber)
    long_ago(minutes)
    told = client.post(f"/requests/{request.pk}/check/", {"version": request.version})
    assert told["Location"].startswith(CONFIRM) is asked


def test_a_second_factor_will_do_and_is_named(world: SimpleNamespace, client: Client) -> None:
    sign_in(client, "ana@portal.example")
    secret = set_up_app(client)
    client.post("/accounts/sign-out/")
    client.force_login(world.prescriber)
    request = draft(world)
    long_ago()
    asked = client.post(f"/requests/{request.pk}/check/", {"version": request.version})
    done = client.post(asked["Location"].replace("confirm/", "confirm/code/"), {"code": code(secret, later=1)})
    assert done.status_code == 303
    assert Submission.objects.get().content["attestation"]["method"] == "authenticator app"


def test_whoever_signs_out_instead_leaves_nothing_behind(world: SimpleNamespace, client: Client) -> None:
    request = draft(world)
    client.force_login(world.prescriber)
    long_ago()
    client.post(f"/requests/{request.pk}/check/", {"version": request.version})
    client.post("/accounts/sign-out/")
    client.force_login(world.colleague)
    client.post(CONFIRM, {"password": PASSWORD})
    assert not Submission.objects.exists()


def test_proof_does_not_outlive_its_request(world: SimpleNamespace, client: Client) -> None:
    from pa_portal.accounts import identity

    request = draft(world)
    sign_in(client, "ana@portal.example")
    client.post(f"/requests/{request.pk}/check/", {"version": request.version})
    client.get("/")
    assert identity.shown().methods == ""
