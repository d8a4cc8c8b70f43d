"""Keeping small secrets in the database so that reading the table alone does not give them away."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

SALT = "pa_portal.accounts.secrets"


def _key(secret: str | bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac(SALT, "", secret=secret, algorithm="sha256").digest()))


def _keys() -> MultiFernet:
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def seal(text: str) -> str:
    """Return ``text`` encrypted with a key that comes of SECRET_KEY."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what was sealed, with SECRET_KEY or one of its fallbacks; "" for anything else, which no code matches."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""
