"""What django-allauth asks of the portal: who may sign in, how attempts are counted, and where people go next."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from pa_portal.accounts import actions, devices, identity, own_sessions, secrets
from pa_portal.accounts.models import User
from pa_portal.http.after import after_response

# What the pages say by themselves.
UNSAID = ("account/messages/logged_in.txt", "account/messages/logged_out.txt")


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by e-mail and password. Accounts are made by managers and on the command line, never by signing up."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": (
            "The e-mail address and password do not match. Check both; capitals matter in the password."
        ),
        "too_many_login_attempts": (
            "Too many failed attempts. Wait five minutes, then try again. A browser that you have signed in with "
            "before, a passkey, or a new password by e-mail works at once."
        ),
        "rate_limited": "Too many attempts. Wait five minutes, then try again.",
        "incorrect_password": "That is not your password.",
        "incorrect_code": "That code is not right, or was used already. Wait for the next one.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether one may be led there: to this host alone."""
        return url_has_allowed_host_and_scheme(url, {context.request.get_host()}, context.request.is_secure())

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return request.user.home_url() if request.user.is_authenticated else "/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    # Attempts

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures by account; apart for a browser that its owner has signed in with before.

        So whoever guesses at an account, from wherever, keeps nobody out of it who has used it from their own browser.
        """
        email = str(credentials.get("email", "")).strip().lower()
        return f"{email} {devices.known(request, email)}"

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        actions.note_failed_sign_in(email=str(credentials.get("email", "")))

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        found = self.authenticate(context.request, email=user.get_username(), password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """As everywhere: unless who is there was made sure of a few minutes ago."""
        return not identity.sure(context.request)

    # Coming in

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        own_sessions.note_browser(request)
        assert isinstance(user, User)
        actions.note_sign_in(by=user)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        devices.remember(request, response, user.get_username())
        return response

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Only somebody who was made inactive between password and second factor gets here."""
        return HttpResponseRedirect("/")

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        assert isinstance(user, User)
        user.set_password(password)
        user.save(update_fields=["password"])  # a page may write no more of a person
        actions.note_new_password(by=user)
        key = self._get_login_attempts_cache_key(self.request, email=user.email)
        ratelimit.clear(self.request, app="allauth.account", action="login_failed", key=key)

    # What is said

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template not in UNSAID:
            super().add_message(request, level, message_template, *args, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send after the response has gone: how long that takes tells nobody whether an address is known."""
        message: EmailMessage = self.render_mail(template_prefix, email, context)
        after_response(self.request, message.send)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        said = {"timestamp": timezone.now(), "ip": self.get_client_ip(self.request), **(context or {})}
        self.send_mail(template_prefix, user.get_username(), said)


class MfaAdapter(DefaultMFAAdapter):
    """Second factors: what they are called, and how their secrets are kept."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That code is not right, or was used already. Wait for the next one.",
    }

    def get_totp_issuer(self) -> str:
        return "PA Portal"

    def encrypt(self, text: str) -> str:
        return secrets.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.unseal(encrypted_text)

    def _get_site_name(self) -> str:
        return "PA Portal"
