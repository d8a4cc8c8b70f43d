"""The forms of signing in and of choosing a password."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm
from django.http import HttpRequest

from pa_portal.accounts.models import User
from pa_portal.accounts.tokens import PasswordLink


class SignInForm(LoginForm):
    """E-mail address and password. One message for every failure, so that it never says which addresses exist."""

    def add_prefix(self, field_name: str) -> str:
        """``username`` is what browsers and password managers look for."""
        return "username" if field_name == "login" else super().add_prefix(field_name)


class AskForLinkForm(ResetPasswordForm):
    """The address to send a link to. One page follows whatever was typed, and much the same work."""

    def clean_email(self) -> str:
        email = User.normalize_username(self.cleaned_data["email"])
        self.users = list(User.objects.filter(email=email, is_active=True))
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        if not self.users:
            PasswordLink().make_token(User(email=self.cleaned_data["email"]))
        return super().save(request, **kwargs)
