"""The links by which somebody chooses a password: an invitation lasts days, a reset an hour."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.utils.http import base36_to_int

RESET_SECONDS = 60 * 60


class PasswordLink(PasswordResetTokenGenerator):
    """Django's token, good for PASSWORD_RESET_TIMEOUT while the account has no password yet, and for an hour after.

    It is used up by the password it sets, and void once the account is deactivated.
    """

    key_salt = "pa_portal.accounts.tokens.PasswordLink"

    def check_token(self, user: Any, token: str | None) -> bool:
        if user is None or not user.is_active or not super().check_token(user, token):
            return False
        made = base36_to_int(str(token).split("-")[0])
        return not user.has_usable_password() or self._num_seconds(self._now()) - made <= RESET_SECONDS
