"""Where files wait for their owner: outside everything the web serves, under random names, for the portal alone."""

from __future__ import annotations

import datetime
import os
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.conf import settings

_NAME = re.compile(r"[0-9a-f]{40}")


def folder() -> Path:
    """Return the store, made if it is not there, and closed to everybody else."""
    path = Path(settings.EXPORT_ROOT)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def new_name() -> str:
    return secrets.token_hex(20)


def path_of(name: str) -> Path:
    """Return where the file of this name is. Raises ValueError for what is no such name."""
    if not _NAME.fullmatch(name):
        raise ValueError("Not the name of a stored export.")
    return folder() / name


def create(name: str) -> Path:
    """Make an empty file that its owner alone may read, to be written to."""
    path = path_of(name)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def keep(name: str) -> int:
    """See to it that a file which was written has reached the disk; return its size in bytes."""
    with path_of(name).open("rb") as file:
        os.fsync(file.fileno())
        return os.fstat(file.fileno()).st_size


def open_file(name: str) -> IO[bytes]:
    """Open a stored file. Raises FileNotFoundError."""
    return path_of(name).open("rb")


def delete(name: str) -> None:
    if name:
        path_of(name).unlink(missing_ok=True)


def sweep(known: Iterable[str], *, before: datetime.datetime) -> int:
    """Delete files that no export knows and that nobody has written to since ``before``; return how many."""
    keep_these, gone = set(known), 0
    for path in folder().iterdir():
        if path.name in keep_these or not _NAME.fullmatch(path.name):
            continue
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                path.unlink()
                gone += 1
    return gone
