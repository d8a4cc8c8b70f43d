"""A person at the sign-in page, as tests need them."""

from __future__ import annotations

import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.records.making import PASSWORD

SIGN_IN = "/accounts/sign-in/"


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: Any) -> HttpResponse:
    return client.post(SIGN_IN, {"username": email, "password": password}, **extra)


def code(secret: str, *, later: int = 0) -> str:
    """What the authenticator app shows, so many half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + later))


def set_up_app(client: Client) -> str:
    """Set up an authenticator app; its secret. Of two codes that count now it uses the earlier one."""
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r'key-code">(\w+)<', page)
    assert found
    secret = found[1]
    response = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert (response.status_code, response["Location"]) == (302, reverse("mfa_view_recovery_codes"))
    return secret


def recovery_codes(client: Client) -> list[str]:
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    return re.findall(r'<span class="code">(\d{8})</span>', page)
