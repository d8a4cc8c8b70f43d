"""What a password may be, and the links by which one chooses it."""

from __future__ import annotations

import datetime
import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.accounts.tokens import PasswordLink
from pa_portal.http.after import AfterResponse, after_response
from tests.access.signing_in import SIGN_IN, sign_in
from tests.records.making import PASSWORD

ASK = "/accounts/password/link/"
NEW = "three-herons-over-a-slate-roof"


@pytest.mark.parametrize(
    "password",
    [
        "short-but-odd",
        "123456789012345",
        "passwordpassword",
        "PasswordPassword1!",
        "!!!password123456!!!",
        "password-password",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "qwertyuiopqwertyuiop",
        "abcdefghijklmnopq",
        "poiuytrewqpoiuytrewq",
        "1qaz2wsx3edc4rfv",
        "ana@portal.example",
        "iloveyouiloveyou",
    ],
)
def test_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, User(email="ana@portal.example", first_name="Ana", last_name="Silva"))


@pytest.mark.parametrize(
    "password",
    [
        "Ixempra2025Ixempra",
        "ixabepilone-for-breast-cancer",
        "PA-Portal: prior authorization 1",
        "IC-0072 ixabepilone!",
        "Riverbend-Oncology-2026",
        "piedmontmutual-2026!",
        "Blue Ridge Health Plan 1",
    ],
)
def test_words_of_this_place_are_not_enough(world: SimpleNamespace, password: str) -> None:
    with pytest.raises(ValidationError, match="belong to this portal"):
        validate_password(password, world.prescriber)
    validate_password(f"{password} herons over slate", world.prescriber)


def test_a_password_does_not_expire(world: SimpleNamespace, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    later = timezone.now() + datetime.timedelta(days=3650)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    assert sign_in(client, world.prescriber.email).status_code == 302
    assert client.get("/requests/").status_code == 200


@pytest.mark.parametrize(
    "password",
    [
        NEW,
        PASSWORD,
        "for-the-demo-only",
        "Ünïcödé wörds are welcome",
        "x9$Kq2!vR7@mZ4p",
        "7391-8820-4471-9302",
        "plan 7391 8820 4471",
        "correct horse battery staple",
    ],
)
def test_taken(password: str) -> None:
    validate_password(password)


@pytest.mark.parametrize(
    ("page", "kinds"),
    [(SIGN_IN, ["username", "current-password"]), (ASK, ["email"])],
)
def test_password_managers_know_what_is_what(client: Client, db: None, page: str, kinds: list[str]) -> None:
    found = re.findall(r'autocomplete="([a-z-]+)"', client.get(page).content.decode())
    assert found == kinds


def link(mail: Any) -> str:
    found = re.search(r"http://testserver(/\S+)", mail.body)
    assert found
    return found[1]


def choose(client: Client, path: str, password: str = NEW) -> int:
    page = client.get(path, follow=True)
    form = page.redirect_chain[-1][0] if page.redirect_chain else path
    return client.post(form, {"password1": password, "password2": password}).status_code


def test_a_link_sets_a_password_once_and_ends_the_sessions_of_the_old_one(
    world: SimpleNamespace, client: Client, mailoutbox: list[Any]
) -> None:
    elsewhere = Client()
    elsewhere.force_login(world.prescriber)
    client.post(ASK, {"email": " ANA@portal.example "})
    (mail,) = mailoutbox
    assert mail.to == ["ana@portal.example"]
    assert not re.search(r"Ana|Silva|Riverbend", mail.subject + mail.body)
    path = link(mail)
    assert choose(client, path, "too short") == 422
    assert choose(client, path) == 302
    assert choose(client, path) == 200  # "This link does not work"
    assert sign_in(Client(), "ana@portal.example", PASSWORD).status_code == 422
    assert sign_in(Client(), "ana@portal.example", NEW).status_code == 302
    assert elsewhere.get("/requests/").status_code == 302


def test_nobody_learns_which_addresses_exist(world: SimpleNamespace, mailoutbox: list[Any]) -> None:
    User.objects.filter(pk=world.colleague.pk).update(is_active=False)
    told = set()
    for email in ("ana@portal.example", "nobody@portal.example", "ben@portal.example"):
        response = Client().post(ASK, {"email": email})
        told.add((response.status_code, response["Location"], len(response.content)))
    assert len(told) == 1
    assert [mail.to for mail in mailoutbox] == [["ana@portal.example"]]


@pytest.mark.django_db
def test_mail_goes_after_the_answer(rf: Any) -> None:
    """So that the time of the answer does not tell whether anything was sent."""
    request, sent = rf.get("/"), []
    after_response(request, lambda: sent.append("mail"))
    response = AfterResponse(lambda request: HttpResponse("answer"))(request)
    assert not sent
    response.close()  # what a server does when the client has everything
    assert sent == ["mail"]


@pytest.mark.parametrize(
    ("has_password", "hours", "works"), [(True, 0.9, True), (True, 1.1, False), (False, 71, True), (False, 73, False)]
)
def test_a_reset_lasts_an_hour_and_an_invitation_three_days(
    world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, has_password: bool, hours: float, works: bool
) -> None:
    user = world.prescriber
    if not has_password:
        user.set_unusable_password()
        user.save()
    token = PasswordLink().make_token(user)
    now = datetime.datetime.now()
    monkeypatch.setattr(PasswordLink, "_now", lambda self: now + datetime.timedelta(hours=hours))
    assert PasswordLink().check_token(user, token) is works
    user.is_active = False
    assert not PasswordLink().check_token(user, token)


def test_changing_it_asks_for_the_old_one_and_keeps_one_signed_in(world: SimpleNamespace, client: Client) -> None:
    client.force_login(world.prescriber)
    path = reverse("account_change_password")
    assert client.post(path, {"oldpassword": "wrong", "password1": NEW, "password2": NEW}).status_code == 422
    assert client.post(path, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}).status_code == 302
    assert client.get("/requests/").status_code == 200
    assert sign_in(Client(), "ana@portal.example", NEW).status_code == 302


@pytest.mark.parametrize("path", ["signup", "login", "email", "password/set"])
def test_what_django_allauth_has_besides_is_not_there(client: Client, db: None, path: str) -> None:
    assert client.get(f"/accounts/{path}/").status_code == 404
    assert client.post(f"/accounts/{path}/", {"email": "new@portal.example", "password1": NEW}).status_code == 404


def test_what_is_refused_is_logged_by_form_and_never_by_value(
    world: SimpleNamespace, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Input that will not do, and attempts beyond the limit, beside forms without a token and addresses of nobody."""
    client.force_login(world.clinic_manager)
    typed = {"first_name": "Zyxwina", "last_name": "Quux", "email": "zyxwina", "role": "prescriber"}
    assert client.post("/people/invite/", typed).status_code == 422
    statuses = [sign_in(Client(), "zyxwina@portal.example", f"Quux {turn}").status_code for turn in range(6)]
    assert statuses[-1] == 429
    said = [record.getMessage() for record in caplog.records if record.name == "django.request"]
    assert "Unprocessable Entity: /people/invite/" in said
    assert f"Too Many Requests: {SIGN_IN}" in said
    assert not re.search("zyxwina|quux", caplog.text, re.IGNORECASE)
