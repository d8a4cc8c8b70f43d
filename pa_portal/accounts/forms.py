"""The sign-in form."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from pa_portal.accounts import text


class SignInForm(AuthenticationForm):
    """E-mail address and password. One message for every failure, so that it never says which addresses exist."""

    error_messages = {
        "invalid_login": "The e-mail address and password do not match. Check both; capitals matter in the password.",
        "inactive": "The e-mail address and password do not match. Check both; capitals matter in the password.",
    }

    def clean(self) -> dict[str, Any]:
        for value in (self.cleaned_data.get("username"), self.cleaned_data.get("password")):
            try:
                text.one_line(value or "")
            except ValidationError:
                raise self.get_invalid_login_error() from None
        return super().clean()
