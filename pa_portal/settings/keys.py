"""A secret key for one machine, made on first use."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def local_secret_key(path: Path) -> str:
    """Return the key kept in ``path``, making it (readable by its owner alone) when there is none.

    Where it can be neither read nor made, the key is for this process only: sessions then end with it.
    """
    key = secrets.token_urlsafe(48)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        if path.exists():
            return path.read_text(encoding="ascii")
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch(mode=0o600)
        partial.write_text(key, encoding="ascii")
        # A link, not a rename: of two processes starting at once, the second takes the first one's key.
        with suppress(FileExistsError):
            os.link(partial, path)
        return path.read_text(encoding="ascii")
    except OSError:
        return key
    finally:
        with suppress(OSError):
            partial.unlink()
