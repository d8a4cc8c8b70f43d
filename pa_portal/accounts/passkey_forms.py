"""The forms that a passkey answers, fit for what no passkey would ever send.

django-allauth's read JSON with Python's own reader, which fails in more ways than the one they expect (a number of five
thousand digits, a hundred thousand brackets), and look into the answer for what need not be there.
"""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)

STRANGE = (AttributeError, KeyError, TypeError, ValueError, RecursionError)


class Reader(json.JSONDecoder):
    """Python's reader with one way to fail."""

    def decode(self, s: str, *args: Any) -> Any:
        """Raises ``json.JSONDecodeError`` for whatever cannot be read."""
        try:
            found = super().decode(s, *args)
            # Half of a pair of surrogates is JSON, and no page can show it again.
            json.dumps(found, ensure_ascii=False).encode()
            return found
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError("Not to be read", "", 0) from error


class _Careful:
    """Answers what is no passkey's answer as it does a wrong one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"].decoder = Reader  # type: ignore[attr-defined]


class _Shown(_Careful):
    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except STRANGE:
            raise get_adapter().validation_error("incorrect_code") from None


class Proof(_Shown, AuthenticateWebAuthnForm):
    """The second step of signing in."""


class SignIn(_Shown, LoginWebAuthnForm):
    """Signing in by passkey alone."""


class Again(_Shown, ReauthenticateWebAuthnForm):
    """Confirming that it is still the same person."""


class AddPasskeyForm(_Careful, AddWebAuthnForm):
    """A passkey's name, and whether it opens the account by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.initial, alone.label = True, "Sign in with this passkey alone"
        alone.help_text = "No password is asked for. Your device asks for your fingerprint, face or PIN instead."

    def clean(self) -> Any:
        try:
            return super().clean()
        except STRANGE:
            raise get_adapter().validation_error("incorrect_code") from None
