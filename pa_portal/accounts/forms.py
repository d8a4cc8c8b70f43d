"""The sign-in form."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm

NO_MATCH = "The e-mail address and password do not match. Check both; capitals matter in the password."


class SignInForm(AuthenticationForm):
    """E-mail address and password. One message for every failure, so that it never says which addresses exist."""

    error_messages = {"invalid_login": NO_MATCH, "inactive": NO_MATCH}
