"""Browsers that somebody has signed in with before, told by a signed cookie that names the account by a hash."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

SALT = "pa_portal.accounts.devices"
DAYS = 180


def _account(email: str) -> str:
    return salted_hmac(SALT, email, algorithm="sha256").hexdigest()


def known(request: HttpRequest, email: str) -> str:
    """Return a random name for the browser if this account has signed in with it within ``DAYS``, else ""."""
    try:
        name, accounts = signing.loads(
            request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=DAYS * 86400
        )
    except signing.BadSignature:
        return ""
    return name if _account(email) in accounts else ""


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let the browser be known as one that this account has signed in with; others who share it stay known."""
    try:
        name, accounts = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT)
    except signing.BadSignature:
        name, accounts = secrets.token_urlsafe(12), []
    accounts = [_account(email), *(each for each in accounts if each != _account(email))][:8]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([name, accounts], salt=SALT),
        max_age=DAYS * 86400,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
