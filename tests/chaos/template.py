"""A migrated database with people in it, made once in a run and copied for every installation that a test wants.

Migrating takes longer than most of these tests do. All workers of pytest-xdist find the same one.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pa_portal.db import accounts, places, project
from pa_portal.db.cluster import Cluster

ROOT = Path(__file__).parents[2]
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
FOLDER = Path(tempfile.gettempdir()) / f"pa-portal-template-{RUN}"


def put_into(home: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """Give a server that will start in ``home`` the template's data; return who is in them (tests.chaos.world).

    ``environment`` is what the portal's processes find. With the people comes ``secret_key``, which encrypts their
    second factors.
    """
    with _locked():
        known = FOLDER / "template.json"
        if not known.exists():
            known.write_text(json.dumps(_made(environment)))
        found = json.loads(known.read_text())
        home.mkdir(parents=True, exist_ok=True)
        accounts.choose(home).own(home)
        subprocess.run(["cp", "-a", "--reflink=auto", f"{found['home']}/data", f"{home}/data"], check=True)
    return {"secret_key": found["secret_key"], **found["world"]}


@contextmanager
def _locked() -> Iterator[None]:
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _made(environment: Mapping[str, str]) -> dict[str, Any]:
    cluster = Cluster(places.at(project.throwaway_home()))
    try:
        cluster.start()
        command = [sys.executable, "-m", "tests.chaos.world"]
        owner = {**environment, "DATABASE_URL": cluster.url}
        made = subprocess.run(command, cwd=ROOT, env=owner, stdout=subprocess.PIPE, check=True)
    except BaseException:
        cluster.destroy()
        raise
    cluster.stop()
    return {
        "maker": os.getpid(),
        "home": str(cluster.place.home),
        "secret_key": environment["SECRET_KEY"],
        "world": json.loads(made.stdout),
    }


def forget() -> None:
    """Delete it if this process made it, at its end; another one that still wants it makes its own."""
    if not FOLDER.exists():
        return
    with _locked():
        known = FOLDER / "template.json"
        found = json.loads(known.read_text()) if known.exists() else {}
        if found.get("maker") == os.getpid():
            shutil.rmtree(found["home"], ignore_errors=True)
            shutil.rmtree(FOLDER, ignore_errors=True)
