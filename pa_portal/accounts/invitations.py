"""The letter that lets somebody choose the password of an account that was made for them."""

from __future__ import annotations

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
    subject = render_to_string("account/email/password_reset_key_subject.txt", context).strip()
    body = render_to_string("account/email/password_reset_key_message.txt", context).strip()
    return EmailMessage(subject, body, to=[user.email])
