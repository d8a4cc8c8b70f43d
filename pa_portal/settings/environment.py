"""What the environment tells an installation: NAME itself, or a file that NAME_FILE names, as secrets are mounted."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def value(name: str) -> str:
    """Return what NAME, or the file that NAME_FILE names, holds; empty for neither.

    Raises ImproperlyConfigured when both are set, or the file cannot be read.
    """
    given, file = os.environ.get(name, "").strip(), os.environ.get(f"{name}_FILE", "").strip()
    if given and file:
        raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set: keep one of them.")
    if not file:
        return given
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE: {file} cannot be read ({type(error).__name__}).") from None


def required(name: str) -> str:
    """Return what NAME or NAME_FILE holds. Raises ImproperlyConfigured for nothing."""
    if found := value(name):
        return found
    raise ImproperlyConfigured(f"Set the environment variable {name}; docs/operations.md says what it holds.")


def several(name: str) -> list[str]:
    """Return the parts of a list, written with commas or spaces between them."""
    return value(name).replace(",", " ").split()
