"""The project's own cluster: where it goes, and how to have it running for as long as something needs it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from pa_portal.db import accounts, binaries, places
from pa_portal.db.cluster import Cluster, clear_leftovers
from pa_portal.db.errors import DatabaseError
from pa_portal.db.url import parse


def prepare(root: Path) -> Cluster:
    """The cluster of the project at ``root``, in ``var/postgres``, not yet started.

    As root, where the account that runs Postgres cannot reach the project's folder (one under /root, say),
    ``var/postgres`` becomes a link to a folder under /var/lib/pa-portal. Raises DatabaseError.
    """
    root = root.resolve()
    home = root / "var" / "postgres"
    try:
        home.parent.mkdir(exist_ok=True)
        account = accounts.choose(home)
        if account.switch and not home.is_symlink() and not account.reaches(home.parent):
            if home.exists():
                raise DatabaseError(f"The account {account.name}, which runs Postgres, cannot reach {home}.")
            target = binaries.system_home(root)
            target.mkdir(parents=True, exist_ok=True)
            binaries.SYSTEM_FOLDER.chmod(0o755)
            home.symlink_to(target)
        return Cluster(places.at(home))
    except OSError as error:
        raise DatabaseError(f"Cannot write to {error.filename}: {error.strerror}.") from None


@contextmanager
def running(root: Path) -> Iterator[Cluster | None]:
    """Have a database for the block, and DATABASE_URL naming it: the one it names already, or the project's own.

    Gives the project's cluster where it was started here. Raises DatabaseError.
    """
    if given := os.environ.get("DATABASE_URL"):
        parse(given)  # refuses one that cannot be used
        yield None
        return
    cluster = prepare(root)
    cluster.start()
    os.environ["DATABASE_URL"] = cluster.url
    try:
        yield cluster
    finally:
        del os.environ["DATABASE_URL"]
        cluster.stop()


THROWAWAY_PREFIX = "pa-portal-test-"


def throwaway_home() -> Path:
    """A new empty folder for a cluster that is thrown away, one that the account which runs Postgres can reach.

    Its name holds this process's number, so that what a killed process left behind is found and cleared here.
    """
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        _clear_abandoned(Path(parent))
        home = Path(tempfile.mkdtemp(prefix=f"{THROWAWAY_PREFIX}{os.getpid()}-", dir=parent))
        account = accounts.choose(home)
        account.own(home)
        if account.reaches(home):
            return home
        home.rmdir()
    raise DatabaseError("No temporary folder that the account which runs Postgres can reach.")


def _clear_abandoned(parent: Path) -> None:
    for home in parent.glob(f"{THROWAWAY_PREFIX}*"):
        pid = home.name.removeprefix(THROWAWAY_PREFIX).split("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)) and os.access(home, os.W_OK):
            clear_leftovers(places.at(home))
            shutil.rmtree(home, ignore_errors=True)
