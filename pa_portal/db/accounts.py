"""Which system account runs Postgres. As root it must be another one: Postgres refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pa_portal.db.errors import DatabaseError

PREFERRED = "pa-portal"


@dataclass(frozen=True)
class Account:
    """The account to run as. ``switch`` is False when it is our own, and nothing needs to change."""

    name: str
    uid: int
    gid: int
    switch: bool

    def popen_options(self) -> dict[str, Any]:
        """Keyword arguments that make subprocess start a program as this account, from a folder anyone may enter."""
        options: dict[str, Any] = {"cwd": "/", "env": _clean_environment(), "stdin": subprocess.DEVNULL}
        if self.switch:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def own(self, path: Path) -> None:
        """Hand ``path`` to this account."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Whether this account may enter the folder (or run the program) at ``path``."""
        if not self.switch:
            return os.access(path, os.X_OK)
        test = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
        return subprocess.run(test, check=False, **self.popen_options()).returncode == 0


def choose(home: Path) -> Account:
    """The account for a cluster in ``home``: our own, or as root the folder's owner, or as root a system account."""
    if os.geteuid() != 0:
        mine = pwd.getpwuid(os.geteuid())
        return Account(mine.pw_name, mine.pw_uid, mine.pw_gid, switch=False)
    try:
        owner = home.stat().st_uid
    except FileNotFoundError:
        owner = 0
    if owner != 0:
        try:
            entry = pwd.getpwuid(owner)
        except KeyError:
            raise DatabaseError(f"{home} belongs to user number {owner}, which this machine does not know.") from None
    else:
        entry = _system_account()
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)


def _system_account() -> pwd.struct_passwd:
    """Our own system account, made on first use; ``nobody`` where accounts cannot be made."""
    try:
        return pwd.getpwnam(PREFERRED)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd:
        command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", PREFERRED], check=False, capture_output=True)
    for name in (PREFERRED, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise DatabaseError(
        "Postgres cannot run as root, and no system account could be made for it. "
        "Run this as an ordinary user, or set DATABASE_URL to a Postgres of your own."
    )


def _clean_environment() -> dict[str, str]:
    """Our environment less libpq's settings (PGPORT and the like) and the locale: those belong to another database."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}
