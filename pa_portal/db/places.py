"""Where the embedded cluster of a project lives. Only works paths out: makes and changes nothing."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pa_portal.db.url import socket_url

USER = "pa_portal"
NAME = "pa_portal"
# What holds the rights to the tables (see audit.walls), and the logins that serve pages and work off jobs with them.
ROLES = ("portal_web", "portal_system")
WEB_USER = "pa_portal_web"
WORKER_USER = "pa_portal_worker"
LOGINS = {WEB_USER: ROLES[:1], WORKER_USER: ROLES}
PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
# The room for a socket's path in sockaddr_un: 108 bytes on Linux, 104 on macOS and the BSDs, less the closing NUL.
SOCKET_PATH_LIMIT = 103


@dataclass(frozen=True)
class Place:
    """One cluster's folders: ``home`` holds everything, ``socket`` is the folder of its Unix socket."""

    home: Path
    socket: Path

    @property
    def url(self) -> str:
        """The DATABASE_URL of the portal's database here."""
        return socket_url(str(self.socket), user=USER, name=NAME, port=PORT)

    def url_as(self, user: str) -> str:
        """The same, for one of the LOGINS, which own nothing."""
        return socket_url(str(self.socket), user=user, name=NAME, port=PORT)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    @property
    def log(self) -> Path:
        return self.home / "server.log"


def at(home: Path) -> Place:
    """The place under ``home``, its socket moved to a short folder where ``home``'s own path is too long for one."""
    home = home.resolve()
    socket = home / "socket"
    if len(os.fsencode(socket / SOCKET_NAME)) > SOCKET_PATH_LIMIT:
        socket = _short_folder(f"pa-portal-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}")
    return Place(home=home, socket=socket)


def of_project(root: Path) -> Place:
    """The place of the project's own cluster, ``var/postgres`` (which may be a link to a folder elsewhere)."""
    return at(root / "var" / "postgres")


def _short_folder(name: str) -> Path:
    folder = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_LIMIT:
        folder = Path("/tmp") / name
    return folder
