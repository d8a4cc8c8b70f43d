"""One embedded Postgres cluster: made, started, stopped, and taken back after a run that was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

import psutil
import psycopg

from pa_portal.db import accounts, binaries, places
from pa_portal.db.errors import DatabaseError, InUse
from pa_portal.db.places import Place

SUPERUSER = "postgres"
START_SECONDS = 60.0
STOP_SECONDS = 60.0
POLL_SECONDS = 0.05

SETTINGS = {
    "listen_addresses": "",
    "port": str(places.PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Nothing a statement holds reaches the log: statements and details carry patient data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Cluster:
    """A Postgres server on a Unix socket, with one database and a role for the portal that is no superuser.

    ``place`` says where it lives. ``durable=False`` trades crash safety for speed, for clusters that are thrown away.
    ``settings`` are further settings of the server's, by name. Every failure is a DatabaseError with a plain message.
    """

    def __init__(self, place: Place, *, durable: bool = True, settings: Mapping[str, str] | None = None) -> None:
        self.place = place
        self.durable = durable
        self.settings = settings or {}
        self._account = accounts.choose(place.home)
        self._server: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._owner_pid = 0

    @property
    def url(self) -> str:
        """The DATABASE_URL of the portal's database in this cluster."""
        return self.place.url

    @property
    def alive(self) -> bool:
        """Whether the server that ``start`` started is still running."""
        return self._server is not None and self._server.poll() is None

    def start(self) -> None:
        """Start the server, making the cluster and the database where there are none, and wait until it answers.

        What a killed run left behind (a server without its starter, lock files, half a cluster) is cleared first.
        """
        try:
            self._make_folders()
            self._take_lock()
            self._owner_pid = os.getpid()
            try:
                clear_leftovers(self.place)
                programs = binaries.folder(self._account)
                self._init(programs)
                self._launch(programs)
                self._make_database()
            except BaseException:
                self.stop()
                raise
        except PermissionError as error:
            raise DatabaseError(
                f"No permission to write to {error.filename or self.place.home}. {self._owner_hint()}"
            ) from None
        except (OSError, psycopg.Error) as error:
            raise DatabaseError(f"The database in {self.place.home} could not be started: {error}") from None

    def stop(self) -> None:
        """Stop the server and wait for it; harmless when it is not running, and in a forked child."""
        if self._owner_pid != os.getpid():
            return
        if self._server is not None:
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if self._server.poll() is not None:
                    break
                self._server.send_signal(how)
                try:
                    self._server.wait(STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
            self._server = None
        if self.place.socket.parent != self.place.home:
            shutil.rmtree(self.place.socket, ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def destroy(self) -> None:
        """Stop the server and delete the cluster."""
        self.stop()
        shutil.rmtree(self.place.home, ignore_errors=True)

    # The steps of start()

    def _make_folders(self) -> None:
        home, socket = self.place.home, self.place.socket
        home.mkdir(parents=True, exist_ok=True)
        self._account.own(home)
        home.chmod(0o700)
        if not self._account.reaches(home):
            raise DatabaseError(f"The account {self._account.name}, which runs Postgres, cannot reach {home}.")
        socket.mkdir(exist_ok=True)
        found = socket.lstat()
        # A short socket folder lies in a shared temporary folder, where somebody else may have laid a trap.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), self._account.uid}:
            raise DatabaseError(f"{socket} belongs to another user. Remove it, or use a shorter project path.")
        self._account.own(socket)
        socket.chmod(0o700)

    def _take_lock(self) -> None:
        # Appending: the number of the process that holds the lock must outlive a failed attempt to take it.
        lock = self.place.lock.open("a+", encoding="ascii")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise InUse(
                f"The database in {self.place.home} is in use by another run (process {holder}). Stop that one first."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        # A forked child would go on holding it after its parent.
        os.register_at_fork(after_in_child=lock.close)
        self._lock = lock

    def _init(self, programs: Path) -> None:
        if (self.place.data / "PG_VERSION").exists():
            self._check_version(programs)
            return
        partial = self.place.home / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        command = [str(programs / "initdb"), "--pgdata", str(partial), "--username", SUPERUSER, "--auth", "trust"]
        # Code point order, the same on every machine. (The socket folder, open to its owner alone, guards "trust".)
        command += [
            "--encoding",
            "UTF8",
            "--locale-provider",
            "builtin",
            "--builtin-locale",
            "C.UTF-8",
            "--locale",
            "C",
        ]
        if not self.durable:
            command.append("--no-sync")
        done = subprocess.run(command, check=False, capture_output=True, text=True, **self._account.popen_options())
        if done.returncode:
            raise DatabaseError(f"The database in {self.place.home} could not be made: {_last_line(done.stderr)}")
        # Only a whole cluster gets the name: a run killed before this line starts over.
        partial.rename(self.place.data)

    def _check_version(self, programs: Path) -> None:
        made_by = (self.place.data / "PG_VERSION").read_text(encoding="ascii").strip()
        done = subprocess.run([str(programs / "postgres"), "--version"], check=False, capture_output=True, text=True)
        runs = done.stdout.split()[-1].split(".")[0] if done.stdout else made_by
        if made_by != runs:
            raise DatabaseError(
                f"The data in {self.place.home} were written by Postgres {made_by}, and this is Postgres {runs}. "
                "docs/operations.md says how to move them."
            )

    def _launch(self, programs: Path) -> None:
        settings = {**SETTINGS, "unix_socket_directories": _quoted(self.place.socket)}
        if not self.durable:
            settings |= THROWAWAY_SETTINGS
        settings |= self.settings
        command = [str(programs / "postgres"), "-D", str(self.place.data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.place.log.open("wb") as log:
            # A session of its own: Ctrl-C at the terminal must reach the portal first, and Postgres through stop().
            self._server = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, **self._account.popen_options()
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._server.poll() is not None:
                raise DatabaseError(
                    f"Postgres did not start: {_last_line(self._log_text())} (whole log: {self.place.log})"
                )
            if time.monotonic() > deadline:
                raise DatabaseError(f"Postgres did not answer within {START_SECONDS:.0f} s (log: {self.place.log})")
            time.sleep(POLL_SECONDS)

    def _answers(self) -> bool:
        """Whether it takes writes: one that is being restored from its log does not until it is through."""
        try:
            with self._superuser_connection() as connection:
                restoring = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        except psycopg.OperationalError:
            return False
        return restoring == (False,)

    def _make_database(self) -> None:
        with self._superuser_connection() as connection:
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [places.USER]).fetchone():
                connection.execute(f"CREATE ROLE {places.USER} LOGIN CREATEDB")
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [places.NAME]).fetchone():
                connection.execute(f"CREATE DATABASE {places.NAME} OWNER {places.USER}")
            for role in places.ROLES:
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(f"CREATE ROLE {role} NOLOGIN")
                connection.execute(f"GRANT {role} TO {places.USER}")
            for login, roles in places.LOGINS.items():
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login]).fetchone():
                    connection.execute(f"CREATE ROLE {login} LOGIN IN ROLE {', '.join(roles)}")

    def _superuser_connection(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.place.socket),
            port=places.PORT,
            user=SUPERUSER,
            dbname=SUPERUSER,
            autocommit=True,
            connect_timeout=5,
        )

    def _owner_hint(self) -> str:
        try:
            owner = self.place.home.owner()
        except (OSError, KeyError):
            return "Check who owns the project's folder."
        return f"{self.place.home} belongs to {owner}: run this as that user (or as root), or use a clone of your own."

    def _log_text(self) -> str:
        return self.place.log.read_text(encoding="utf-8", errors="replace")


def clear_leftovers(place: Place) -> None:
    """Stop a server that lost its starter, and remove the lock files of one that died. For a place nobody else uses."""
    left = _servers_in(place.data)
    numbers = {process.pid for process in left}
    for process in left:
        with suppress(psutil.NoSuchProcess):
            # The postmaster alone understands SIGINT as "shut down"; its children end with it.
            if process.ppid() not in numbers:
                process.send_signal(signal.SIGINT)
    _, alive = psutil.wait_procs(left, timeout=STOP_SECONDS)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=STOP_SECONDS)
    # With no server left, these only name processes that are gone, or strangers that took their numbers.
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    for name in (places.SOCKET_NAME, f"{places.SOCKET_NAME}.lock"):
        (place.socket / name).unlink(missing_ok=True)


def _servers_in(data: Path) -> list[psutil.Process]:
    """Postgres processes that work in ``data``: each of them has it as its current folder."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == data:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _quoted(path: Path) -> str:
    """A folder as unix_socket_directories wants it: a list, in which a comma or a space would end the name."""
    return '"' + str(path).replace('"', '""') + '"'


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
