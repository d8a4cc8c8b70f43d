"""The second factor: setting it up, showing it, doing without one, and losing it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from pa_portal.accounts import identity
from pa_portal.audit.models import Event
from tests.access.signing_in import SIGN_IN, code, recovery_codes, set_up_app, sign_in
from tests.records.making import PASSWORD

HOME = "/requests/"
SETUP = "/accounts/second-factor/"
STEP = "/accounts/sign-in/second-step/"


@pytest.fixture
def required(settings: Any) -> None:
    settings.MFA_REQUIRED = True


@pytest.fixture
def enrolled(required: None, world: SimpleNamespace, client: Client) -> SimpleNamespace:
    """Ana, who has set up an app and signed out."""
    sign_in(client, "ana@portal.example")
    secret = set_up_app(client)
    codes = recovery_codes(client)
    client.post("/accounts/sign-out/")
    return SimpleNamespace(client=client, secret=secret, codes=codes)


def test_the_first_sign_in_leads_to_setting_one_up_and_then_on(
    required: None, world: SimpleNamespace, client: Client
) -> None:
    assert sign_in(client, "ana@portal.example")["Location"] == HOME
    assert client.get(HOME)["Location"] == f"{SETUP}?next=/requests/"
    assert "Set up one of these to go on" in client.get(SETUP).content.decode()
    set_up_app(client)
    assert len(recovery_codes(client)) == 10
    assert client.get(HOME).status_code == 200
    assert Event.objects.filter(action="user.factor_added", detail={"kind": "totp"}).count() == 1


def test_without_one_nothing_is_open_and_htmx_moves_the_whole_page(
    required: None, world: SimpleNamespace, client: Client
) -> None:
    client.force_login(world.reviewer)
    for path in ("/requests/", "/admin/submissions/request/", "/reports/", "/requests/profile/"):
        assert client.get(path)["Location"].startswith(SETUP), path
    part = client.get("/requests/profile/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (401, SETUP)
    assert client.post("/requests/new/")["Location"] == f"{SETUP}?next=/"


def test_signing_in_takes_password_and_code(enrolled: SimpleNamespace) -> None:
    client = enrolled.client
    assert sign_in(client, "ana@portal.example")["Location"] == STEP
    assert client.get(HOME)["Location"].startswith(SIGN_IN)  # not signed in yet
    wrong = client.post(STEP, {"code": "000000"})
    assert "That code is not right" in wrong.content.decode()
    assert client.get(HOME).status_code == 302
    right = client.post(STEP, {"code": code(enrolled.secret, later=1)})
    assert right["Location"] == HOME
    assert client.get(HOME).status_code == 200


def test_a_code_works_once(enrolled: SimpleNamespace) -> None:
    shown = code(enrolled.secret, later=1)
    for status in (302, 422):
        sign_in(enrolled.client, "ana@portal.example")
        assert enrolled.client.post(STEP, {"code": shown}).status_code == status
        enrolled.client.post("/accounts/sign-out/")


def test_a_recovery_code_works_once_in_its_place(enrolled: SimpleNamespace) -> None:
    for status in (302, 422):
        sign_in(enrolled.client, "ana@portal.example")
        assert enrolled.client.post(STEP, {"code": enrolled.codes[0]}).status_code == status
        enrolled.client.post("/accounts/sign-out/")


def test_one_can_start_again_from_the_second_step(enrolled: SimpleNamespace) -> None:
    sign_in(enrolled.client, "ana@portal.example")
    assert enrolled.client.get(SIGN_IN)["Location"] == STEP
    enrolled.client.post("/accounts/sign-out/")
    assert enrolled.client.get(SIGN_IN).status_code == 200


def test_codes_cannot_be_guessed(enrolled: SimpleNamespace) -> None:
    sign_in(enrolled.client, "ana@portal.example")
    for _ in range(5):
        enrolled.client.post(STEP, {"code": "000000"})
    told = enrolled.client.post(STEP, {"code": code(enrolled.secret, later=1)})
    assert told.status_code == 429
    assert "Too many failed attempts" in told.content.decode()


def test_a_session_from_before_the_second_factor_is_asked_for_it(enrolled: SimpleNamespace, world: Any) -> None:
    client = enrolled.client
    client.force_login(world.prescriber)
    asked = client.get(HOME)["Location"]
    assert asked == "/accounts/confirm/code/?next=/requests/"
    assert client.post(asked, {"code": code(enrolled.secret, later=1)})["Location"] == HOME
    assert client.get(HOME).status_code == 200


def test_secrets_are_not_in_the_database_as_they_are(enrolled: SimpleNamespace) -> None:
    kept = " ".join(str(row.data) for row in Authenticator.objects.all())
    assert enrolled.secret not in kept
    assert Authenticator.objects.count() == 2
    assert not any(shown in kept for shown in enrolled.codes)


def test_removing_the_last_one_closes_everything_again(enrolled: SimpleNamespace) -> None:
    client = enrolled.client
    sign_in(client, "ana@portal.example")
    client.post(STEP, {"code": code(enrolled.secret, later=1)})
    client.post("/accounts/second-factor/app/remove/")
    assert not Authenticator.objects.exists()
    client.post("/accounts/sign-out/")
    sign_in(client, "ana@portal.example")
    assert client.get(HOME)["Location"].startswith(SETUP)


def test_where_it_is_not_required_every_page_says_so(world: SimpleNamespace, client: Client, settings: Any) -> None:
    banner = "signing in needs no second step here"
    pages = {"prescriber": HOME, "reviewer": "/admin/submissions/request/", "manager": "/reports/"}
    assert banner in client.get(SIGN_IN).content.decode()
    for role, path in pages.items():
        client.force_login(getattr(world, role))
        assert banner in client.get(path).content.decode()
    settings.MFA_REQUIRED = True
    assert banner not in client.get(SETUP).content.decode()


def test_it_is_required_unless_settings_say_otherwise() -> None:
    from pa_portal.settings import base

    assert base.MFA_REQUIRED is True


@pytest.mark.django_db(transaction=True)
def test_a_passkey_in_a_browser(page: Any, axe: Any, screenshot: Any, settings: Any, transactional_world: Any) -> None:
    """Add one, sign in with it alone, and confirm with it. The browser makes its keys in software."""
    settings.MFA_REQUIRED = True
    protocol = page.context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    protocol.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )

    def look(name: str) -> None:
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            screenshot(page, f"access-{name}-{width}")
            assert axe(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name

    page.goto(SIGN_IN)
    look("sign-in")
    page.get_by_label("E-mail address").fill("ana@portal.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Set up a second step for signing in").wait_for()
    look("set-up")
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_role("heading", name="Set up an authenticator app").wait_for()
    look("app")
    page.go_back()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("This laptop")
    page.get_by_label("Sign in with this passkey alone").check()
    look("passkey")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    look("recovery-codes")
    page.get_by_role("link", name="Go on to your work").click()
    page.wait_for_url("**/requests/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/requests/")
    settings.CONFIRM_SECONDS = 0
    page.goto("/accounts/second-factor/passkeys/new/")
    page.get_by_role("heading", name="Confirm that it is you").wait_for()
    look("confirm")
    page.get_by_role("link", name="Use a security key").click()
    settings.CONFIRM_SECONDS = 300
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Add a passkey").wait_for()
    page.goto("/accounts/second-factor/passkeys/")
    page.get_by_text("This laptop").first.wait_for()
    look("passkeys")


@pytest.fixture
def transactional_world(transactional_db: None) -> SimpleNamespace:
    from tests.determinations.conftest import build_wider_world

    return build_wider_world()


def test_words_for_every_kind_of_proof() -> None:
    assert set(identity.WORDS) == {"password", *Authenticator.Type.values}
