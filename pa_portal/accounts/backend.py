"""Who an e-mail address and a password belong to."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from pa_portal.accounts.models import User


class Backend(AuthenticationBackend):
    """By e-mail address alone. An account that may not sign in fails as a wrong password does, after the same work."""

    def _authenticate(self, request: Any, **credentials: Any) -> AbstractBaseUser | None:
        typed = str(credentials.get("email") or credentials.get("username") or "")
        user = User.objects.filter(email=User.normalize_username(typed)).first()
        if user is None or not user.has_usable_password():
            return None
        self._did_check_password = True
        right = user.check_password(str(credentials["password"]))
        return user if right and self.user_can_authenticate(user) else None
