"""E-mail about an account to its owner: one lets them choose its password, one says that second factors are gone."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from pa_portal.accounts.models import User
from pa_portal.accounts.tokens import PasswordLink


def invitation(user: User) -> EmailMessage:
    """Return the e-mail, not yet sent. Its link works once, for three days, while the account has no password.

    Raises ImproperlyConfigured without NOTICE_BASE_URL, the portal's address as people type it.
    """
    if not settings.NOTICE_BASE_URL:
        raise ImproperlyConfigured("Set NOTICE_BASE_URL, the portal's address as people type it, to send invitations.")
    names = {"uidb36": user_pk_to_url_str(user), "key": PasswordLink().make_token(user)}
    path = reverse("account_reset_password_from_key", kwargs=names)
    context = {"user": user, "password_reset_url": settings.NOTICE_BASE_URL.rstrip("/") + path}
    return _letter("password_reset_key", user, context)


def factors_forgotten(user: User, *, by: User | None) -> EmailMessage:
    """Return the e-mail, not yet sent. It holds no link. ``by`` is a manager, or None for whoever runs the portal."""
    return _letter("factors_forgotten", user, {"user": user, "by": by})


def _letter(name: str, user: User, context: dict[str, Any]) -> EmailMessage:
    subject = render_to_string(f"account/email/{name}_subject.txt", context).strip()
    body = render_to_string(f"account/email/{name}_message.txt", context).strip()
    return EmailMessage(subject, body, to=[user.email])
