"""Managers look after the accounts of their own organization: who is there, who comes, and who has to go."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from pa_portal.accounts import managing
from pa_portal.accounts.models import Session, User
from pa_portal.accounts.tasks import send_factors_forgotten, send_invitation
from pa_portal.audit.models import Event
from tests.access.signing_in import set_up_app, sign_in
from tests.jobs.conftest import queued

KIM = {"first_name": "Kim", "last_name": "Roy", "email": "Kim@Portal.example", "role": "staff"}
REFUSED = [
    ({"first_name": ""}, "Enter the first name."),
    ({"last_name": "Roy\x07"}, "cannot be stored"),
    ({"email": "kim"}, "Enter an e-mail address such as"),
    ({"email": "ANA@portal.example"}, "has an account already"),
    ({"role": "reviewer"}, "Choose a role from the list."),
    ({"role": ""}, "Choose a role."),
    ({"credentials": "M" * 31}, "Shorten this to 30 characters."),
]


@pytest.fixture(autouse=True)
def at_an_address(settings: Any) -> None:
    settings.NOTICE_BASE_URL = "https://portal.example/"


@pytest.fixture
def manager(world: SimpleNamespace, client: Client) -> Client:
    client.force_login(world.clinic_manager)
    return client


def of(person: User, act: str = "") -> str:
    return f"/people/{person.pk}/{act + '/' if act else ''}"


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_list_says_who_can_sign_in_and_by_what(world: SimpleNamespace, manager: Client) -> None:
    sign_in(owner := Client(), "ben@portal.example")
    set_up_app(owner)
    Authenticator.objects.create(user=world.staff, type="webauthn", data={})
    managing.invite(by=world.clinic_manager, **KIM)
    managing.deactivate(by=world.clinic_manager, person_id=world.staff.pk)
    rows = text(manager.get("/people/")).split("<tr ")[2:]
    said = {row.split("</a>")[0].rpartition(">")[2]: row for row in rows}
    assert list(said) == ["Kim Roy", "Ana Testcase", "Ben Testcase", "Hal Testcase", "Jo Testcase"]
    for name, words in {
        "Kim Roy": ("kim@portal.example", "Practice staff", "Invited", "None", "Never"),
        "Ben Testcase": ("Prescriber", "Active", "Authenticator app"),
        "Jo Testcase": ("Deactivated", "Passkey"),
    }.items():
        assert [word for word in words if word not in said[name]] == []


def test_pages_of_many(world: SimpleNamespace, manager: Client) -> None:
    User.objects.bulk_create(
        User(organization=world.clinic, role="staff", email=f"a{n}@portal.example", first_name="A", last_name=f"{n:02}")
        for n in range(60)
    )
    told = text(manager.get("/people/", {"page": "2"}))
    assert "Page 2 of 2" in told
    assert "Hal Testcase" in told
    assert ">A 03<" not in told
    assert manager.get("/people/", {"page": "-7"}).status_code == 200


def test_an_invitation_leads_to_a_password_and_names_no_patient(
    world: SimpleNamespace, manager: Client, mailoutbox: list[Any]
) -> None:
    done = manager.post("/people/invite/", KIM)
    made = User.objects.get(email="kim@portal.example")
    assert (done.status_code, done["Location"]) == (303, of(made))
    assert (made.organization, made.role, made.has_usable_password()) == (world.clinic, "staff", False)
    assert [job["args"] for job in queued()] == [{"user_id": str(made.pk)}]
    assert set(Event.objects.filter(actor_id=world.clinic_manager.pk).values_list("action", flat=True)) == {
        "user.created",
        "user.invited",
    }
    assert "The link in the e-mail works for three days" in text(manager.get(of(made)))
    send_invitation(user_id=str(made.pk))
    assert [mail.to for mail in mailoutbox] == [["kim@portal.example"]]
    assert "https://portal.example/accounts/password/link/" in mailoutbox[0].body


@pytest.mark.parametrize(("typed", "said"), REFUSED)
def test_what_will_not_do_is_told_at_the_field_and_kept(manager: Client, typed: dict[str, str], said: str) -> None:
    answer = manager.post("/people/invite/", KIM | {"title": "Nurse"} | typed)
    assert answer.status_code == 422
    assert said in text(answer)
    assert text(answer).count("aria-invalid") == 1
    assert 'value="Nurse"' in text(answer)
    assert not User.objects.filter(last_name="Roy").exists()


def test_without_an_address_of_its_own_the_portal_invites_nobody(settings: Any, manager: Client) -> None:
    settings.NOTICE_BASE_URL = ""
    answer = manager.post("/people/invite/", KIM)
    assert answer.status_code == 422
    assert "NOTICE_BASE_URL" in text(answer)
    assert not User.objects.filter(last_name="Roy").exists()


def test_an_invitation_is_sent_again_while_there_is_no_password(
    world: SimpleNamespace, manager: Client, mailoutbox: list[Any]
) -> None:
    made = managing.invite(by=world.clinic_manager, **KIM)
    assert manager.post(of(made, "invite")).status_code == 303
    assert len(queued()) == 2
    refused = manager.post(of(world.staff, "invite"))
    assert refused.status_code == 422
    assert "has chosen a password already" in text(refused)
    send_invitation(user_id=str(world.staff.pk))
    managing.deactivate(by=world.clinic_manager, person_id=made.pk)
    send_invitation(user_id=str(made.pk))
    assert mailoutbox == []


def test_deactivating_ends_sessions_and_reactivating_lets_in_again(world: SimpleNamespace, manager: Client) -> None:
    sign_in(theirs := Client(), "jo@portal.example")
    assert theirs.get("/requests/").status_code == 200
    assert "signed out everywhere at once" in text(manager.get(of(world.staff, "deactivate")))
    assert manager.post(of(world.staff, "deactivate")).status_code == 303
    assert not Session.objects.filter(user=world.staff).exists()
    assert theirs.get("/requests/")["Location"].startswith("/accounts/sign-in/")
    assert sign_in(Client(), "jo@portal.example").status_code == 422
    assert "cannot sign in any more" in text(manager.get(of(world.staff)))
    assert manager.post(of(world.staff, "reactivate")).status_code == 303
    assert sign_in(Client(), "jo@portal.example").status_code == 302
    told = Event.objects.filter(object_id=str(world.staff.pk), actor_id=world.clinic_manager.pk).order_by("id")
    assert list(told.values_list("action", flat=True)) == ["user.deactivated", "user.reactivated"]


def test_a_lost_second_step_is_reset_and_set_up_anew(
    world: SimpleNamespace, client: Client, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.MFA_REQUIRED = True
    sign_in(client, "hal@portal.example")
    set_up_app(client)
    sign_in(lost := Client(), "jo@portal.example")
    set_up_app(lost)
    assert lost.get("/requests/").status_code == 200
    assert "reset the second step" in text(client.get(of(world.staff)))
    asked = text(client.get(reset := of(world.staff, "second-step/reset")))
    assert "must set up a new second step before anything else opens" in asked
    assert Authenticator.objects.filter(user=world.staff).count() == 2, "the app and recovery codes"
    assert client.post(reset)["Location"] == of(world.staff)
    assert "second step of jo@portal.example is gone" in text(client.get(of(world.staff)))
    assert not Authenticator.objects.filter(user=world.staff).exists()
    assert lost.get("/requests/")["Location"].startswith("/accounts/sign-in/")

    (job,) = queued()
    send_factors_forgotten(**job["args"])
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["jo@portal.example"], "Your second step was reset")
    assert "Hal Testcase, a manager of Riverbend" in mail.body
    assert "http" not in mail.body, "no link"
    told = Event.objects.get(action="user.factors_forgotten")
    assert (told.actor_id, told.object_id, told.detail) == (
        world.clinic_manager.pk,
        str(world.staff.pk),
        {"factors": 2, "sessions": 1},
    )

    sign_in(again := Client(), "jo@portal.example")
    assert again.get("/requests/")["Location"].startswith("/accounts/second-factor/")
    set_up_app(again)
    assert again.get("/requests/").status_code == 200


WHOSE = [
    ("manager", "director", 303, ""),
    ("manager", "reviewer", 303, ""),
    ("manager", "manager", 422, "Ask another manager"),
    ("manager", "officer", 422, "whoever runs the portal"),
    ("officer", "manager", 303, ""),
    ("officer", "officer", 422, "Ask another manager"),
    ("clinic_manager", "prescriber", 303, ""),
    *((who, whose, 404, "") for who, whose in (("clinic_manager", "director"), ("manager", "staff"))),
    *((who, "staff", 404, "") for who in ("prescriber", "staff", "reviewer", "director", "other_manager")),
]


@pytest.mark.parametrize(("who", "whose", "status", "said"), WHOSE)
def test_who_resets_whose_second_step(world: SimpleNamespace, who: str, whose: str, status: int, said: str) -> None:
    details = {"email": "officer@portal.example", "first_name": "Ona", "last_name": "Testcase"}
    world.officer = User.objects.create(organization=world.plan, role="manager", is_privacy_officer=True, **details)
    owner = getattr(world, whose)
    Authenticator.objects.create(user=owner, type="totp", data={})
    (client := Client()).force_login(getattr(world, who))
    answer = client.post(of(owner, "second-step/reset"))
    assert answer.status_code == status
    assert said in text(answer)
    assert Authenticator.objects.filter(user=owner).exists() is (status != 303)
    if status == 422:
        assert said in text(client.get(of(owner, "second-step/reset"))), "nor is the question asked"


def test_doing_it_twice_is_doing_it_once(world: SimpleNamespace, manager: Client) -> None:
    for act in ("reactivate", "deactivate", "deactivate"):
        assert manager.post(of(world.staff, act)).status_code == 303
    assert Event.objects.filter(object_id=str(world.staff.pk)).count() == 1
    Authenticator.objects.create(user=world.staff, type="totp", data={})
    for _ in range(2):
        assert manager.post(of(world.staff, "second-step/reset")).status_code == 303
    assert Event.objects.filter(object_id=str(world.staff.pk)).count() == 2
    assert len(queued()) == 1


def test_nobody_deactivates_themselves(world: SimpleNamespace, manager: Client) -> None:
    assert "Another manager can deactivate it" in text(manager.get(of(world.clinic_manager)))
    answer = manager.post(of(world.clinic_manager, "deactivate"))
    assert answer.status_code == 422
    assert "cannot deactivate your own account" in text(answer)
    assert User.objects.get(pk=world.clinic_manager.pk).is_active


def test_of_two_managers_who_deactivate_each_other_one_stays(world: SimpleNamespace) -> None:
    """The second still believes to be one, as their page was read before the first was done."""
    second = User.objects.get(pk=world.colleague.pk)
    User.objects.filter(pk=second.pk).update(role="manager")
    second.role = "manager"
    managing.deactivate(by=world.clinic_manager, person_id=second.pk)
    with pytest.raises(PermissionDenied):
        managing.deactivate(by=second, person_id=world.clinic_manager.pk)
    assert User.objects.filter(organization=world.clinic, role="manager", is_active=True).count() == 1


@pytest.mark.parametrize("act", ["invite", "second-step/reset", "deactivate", "reactivate"])
def test_people_of_others_do_not_exist(world: SimpleNamespace, manager: Client, act: str) -> None:
    for stranger in (world.other_staff, world.reviewer, world.manager):
        assert manager.post(of(stranger, act)).status_code == 404
        assert manager.get(of(stranger)).status_code == 404


ACTS = {
    "invite": lambda world: ("/people/invite/", KIM),
    "deactivate": lambda world: (of(world.staff, "deactivate"), {}),
    "reactivate": lambda world: (of(world.staff, "reactivate"), {}),
    "reset": lambda world: (of(world.staff, "second-step/reset"), {}),
}


@pytest.mark.parametrize("act", ACTS)
def test_whoever_signed_in_long_ago_is_asked_first(world: SimpleNamespace, manager: Client, act: str) -> None:
    before = list(User.objects.order_by("pk").values("pk", "is_active"))
    Session.objects.update(started_at=timezone.now() - timedelta(minutes=6))
    path, typed = ACTS[act](world)
    assert manager.post(path, typed)["Location"].startswith("/accounts/confirm/")
    assert list(User.objects.order_by("pk").values("pk", "is_active")) == before
