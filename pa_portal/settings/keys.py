"""A secret key for one machine, made on first use."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def local_secret_key(path: Path) -> str:
    """Return the key kept in ``path``, making it (readable by its owner alone) when there is none.

    A folder that cannot be written gives a key for this process only: sessions then end with it.
    """
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        pass
    key = secrets.token_urlsafe(48)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(key, encoding="ascii")
        partial.chmod(0o600)
        # A link, not a rename: of two processes starting at once, the second takes the first one's key.
        os.link(partial, path)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    except OSError:
        return key
    finally:
        partial.unlink(missing_ok=True)
    return key
