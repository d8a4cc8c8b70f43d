"""`manage.py account`: from an invitation to the end of an account, with no password on the command line."""

from __future__ import annotations

import re
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from pa_portal.accounts.models import Organization, Session, User
from pa_portal.accounts.tasks import send_factors_forgotten
from pa_portal.audit.models import Event
from tests.access.signing_in import set_up_app, sign_in
from tests.jobs.conftest import queued

NEW = "three-herons-over-a-slate-roof"
KIM = "kim@portal.example"


@pytest.fixture(autouse=True)
def at_an_address(settings: Any) -> None:
    settings.NOTICE_BASE_URL = "https://portal.example/"


def account(*given: str) -> str:
    out = StringIO()
    call_command("account", *given, stdout=out)
    return out.getvalue()


def create(email: str = KIM, *, role: str = "staff", organization: str = "riverbend oncology") -> str:
    names = ["--first-name", "Kim", "--last-name", "Roy"]
    return account("create", email, "--organization", organization, "--role", role, *names)


def choose(mail: Any) -> int:
    found = re.search(r"https?://[^/]+(/\S+)", mail.body)
    assert found
    client = Client()
    form = client.get(found[1])["Location"]
    return client.post(form, {"password1": NEW, "password2": NEW}).status_code


def test_from_invitation_to_the_end(world: SimpleNamespace, mailoutbox: list[Any], client: Client) -> None:
    create()
    assert sign_in(Client(), KIM, "").status_code == 422
    assert sign_in(Client(), KIM, NEW).status_code == 422
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == ([KIM], "Your account in the PA Portal")
    assert "invited" in account("list")
    assert choose(mail) == 302
    assert sign_in(client, KIM, NEW).status_code == 302
    account("deactivate", " KIM@portal.example ")
    assert client.get("/requests/").status_code == 302
    assert sign_in(Client(), KIM, NEW).status_code == 422
    account("reactivate", KIM)
    assert sign_in(Client(), KIM, NEW).status_code == 302
    told = [event.action for event in Event.objects.filter(object_id=str(User.objects.get(email=KIM).pk))]
    assert {"user.created", "user.password_changed", "user.deactivated", "user.reactivated"} <= set(told)


def test_who_runs_the_portal_is_told_when_nobody_manages_an_organization(world: SimpleNamespace) -> None:
    assert "has no manager" not in account("deactivate", world.prescriber.email)
    assert "Riverbend Oncology has no manager now" in account("deactivate", world.clinic_manager.email)


def test_an_invitation_can_be_sent_again_until_it_is_used(world: SimpleNamespace, mailoutbox: list[Any]) -> None:
    create()
    account("invite", KIM)
    assert choose(mailoutbox[1]) == 302
    with pytest.raises(CommandError, match="has a password"):
        account("invite", KIM)


def test_a_lost_second_factor(world: SimpleNamespace, client: Client, settings: Any, mailoutbox: list[Any]) -> None:
    settings.MFA_REQUIRED = True
    sign_in(client, "ana@portal.example")
    set_up_app(client)
    account("reset-mfa", "ana@portal.example")
    assert not Authenticator.objects.exists()
    assert not Session.objects.filter(user=world.prescriber).exists()
    sign_in(client, "ana@portal.example")
    assert client.get("/requests/")["Location"].startswith("/accounts/second-factor/")
    send_factors_forgotten(**queued()[0]["args"])
    assert "Whoever runs the PA Portal has reset your second step" in mailoutbox[0].body


def test_a_privacy_officer_is_appointed_and_dismissed_on_record(world: SimpleNamespace) -> None:
    email = world.manager.email
    for change, says in (
        ("--grant", "now a"),
        ("--grant", "already"),
        ("--revoke", "no longer"),
        ("--revoke", "is no"),
    ):
        assert says in account("officer", email, change)
        world.manager.refresh_from_db()
        assert world.manager.is_privacy_officer == (change == "--grant")
    events = Event.objects.filter(action="user.privacy_officer", object_id=str(world.manager.pk)).order_by("id")
    assert [(event.actor_label, event.detail) for event in events] == [("system", {"on": on}) for on in (True, False)]


@pytest.mark.parametrize("who", ["reviewer", "clinic_manager", "prescriber"])
def test_nobody_but_a_plan_s_manager_can_be_one(world: SimpleNamespace, who: str) -> None:
    with pytest.raises(CommandError, match="Only a manager of a health plan"):
        account("officer", getattr(world, who).email, "--grant")
    with pytest.raises(CommandError, match="--grant"):
        account("officer", getattr(world, who).email)


def test_organizations_are_made_here_too(db: None) -> None:
    account("organization", "--kind", "plan", "--name", "Harbor Health")
    made = Organization.objects.get()
    create(organization=str(made.pk), role="reviewer")
    assert User.objects.get().organization == made


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"organization": "Nowhere"}, "no organization"),
        ({"role": "reviewer"}, "cannot belong"),
        ({"email": "ana@portal.example"}, "already exists"),
        ({"email": "nonsense"}, "valid"),
    ],
)
def test_what_does_not_work_is_said(world: SimpleNamespace, given: dict[str, str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        create(**given)


@pytest.mark.parametrize("act", ["invite", "deactivate", "reactivate", "reset-mfa"])
def test_somebody_who_is_not_there(world: SimpleNamespace, act: str) -> None:
    with pytest.raises(CommandError, match="no account"):
        account(act, "nobody@portal.example")
