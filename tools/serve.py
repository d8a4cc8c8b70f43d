"""`make run`: have a database, migrate it, seed it, and serve the portal on 127.0.0.1 until told to stop.

gunicorn's master is this very process, so that when it is killed its workers notice, and leave the port and the
database's lock free for the next run.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pa_portal.db import places, project  # noqa: E402
from pa_portal.db.cluster import Cluster  # noqa: E402
from pa_portal.db.errors import DatabaseError  # noqa: E402
from pa_portal.db.url import parse  # noqa: E402

HOST = "127.0.0.1"
WORKERS = 2
LONGEST_REQUEST_SECONDS = 120
# A run that was just killed frees its port within a moment.
PORT_PATIENCE_SECONDS = 3.0
WATCH_SECONDS = 0.5
JOBS_RESTART_SECONDS = 3.0
# A little more than the jobs under way are given to end.
JOBS_STOP_SECONDS = 15.0


def main() -> None:
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    port = _read_port(os.environ.get("PORT") or "8000")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pa_portal.settings.dev")
    try:
        _wait_for_port(port)
        with project.running(ROOT) as cluster:
            _prepare()
            _step_down(cluster)
            _serve(port, cluster)
    except DatabaseError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signum)


def _read_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:
        sys.exit(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def _wait_for_port(port: int) -> None:
    """Return once the port can be had; exit with a plain message when it cannot."""
    deadline = time.monotonic() + PORT_PATIENCE_SECONDS
    while True:
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((HOST, port))
            return
        except PermissionError:
            sys.exit(f"Port {port} is kept for root. Choose one above 1023: make run PORT=8001")
        except OSError:
            if time.monotonic() > deadline:
                sys.exit(
                    f"Port {port} is in use. Stop what uses it, or choose another: make run PORT={port % 65535 + 1}"
                )
            time.sleep(WATCH_SECONDS)


def _prepare() -> None:
    """Bring the database and the static files up to date, and seed the demo."""
    import django
    from django.core.management import CommandError, call_command
    from django.db import OperationalError, connections

    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("seed_demo")
        call_command("collectstatic", interactive=False, verbosity=0)
    except OperationalError as error:
        raise DatabaseError(f"The database cannot be used: {str(error).strip().splitlines()[0]}") from None
    except CommandError as error:
        sys.exit(str(error))
    except PermissionError as error:
        sys.exit(f"No permission to write to {error.filename}: another user ran this clone. Remove it, or run as them.")
    # A worker forked from here must not share this process's connection.
    connections.close_all()


def _step_down(cluster: Cluster | None) -> None:
    """Serve as a login that owns nothing, and work off jobs as another. A DATABASE_URL that was given is what it is."""
    from django.db import connections

    if cluster is not None:
        connections["default"].settings_dict.update(parse(cluster.place.url_as(places.WEB_USER)))
        os.environ["DATABASE_URL"] = cluster.place.url_as(places.WORKER_USER)


def _serve(port: int, cluster: Cluster | None) -> None:
    from django.core.wsgi import get_wsgi_application
    from django.urls import get_resolver
    from gunicorn.app.base import BaseApplication

    jobs = Jobs()

    class Portal(BaseApplication):
        def load_config(self) -> None:
            settings: dict[str, Any] = {
                "bind": f"{HOST}:{port}",
                "workers": WORKERS,
                "worker_class": "sync",
                "timeout": LONGEST_REQUEST_SECONDS,
                "graceful_timeout": 10,
                "preload_app": True,
                "loglevel": "warning",
                "control_socket_disable": True,
                "when_ready": lambda arbiter: _ready(port, cluster, jobs),
                "on_exit": lambda arbiter: jobs.stop(),
                "post_worker_init": lambda worker: _settle_worker(),
                # Not sys.exit: what the master will undo (stopping the database) is no worker's business.
                "worker_exit": lambda arbiter, worker: os._exit(0),
            }
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            application = get_wsgi_application()
            # Before the workers fork: a broken view is found now, and every worker shares what was loaded.
            get_resolver().url_patterns  # noqa: B018
            return application

    Portal().run()


class Jobs:
    """The job worker: a process of its own, started again if it ends, until ``stop``.

    In a process group of its own, so that Ctrl-C at the terminal is the master's to pass on.
    """

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._launch()
        threading.Thread(target=self._keep, daemon=True).start()

    def stop(self) -> None:
        """End the worker and wait for it, kindly at first."""
        with self._starting:
            self._stopping.set()
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(JOBS_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _launch(self) -> None:
        command = [sys.executable, str(ROOT / "manage.py"), "worker", "--parent", str(os.getpid())]
        with self._starting:
            if not self._stopping.is_set():
                self._process = subprocess.Popen(command, cwd=ROOT, process_group=0, stdin=subprocess.DEVNULL)

    def _keep(self) -> None:
        while self._process is not None and not self._stopping.is_set():
            self._process.wait()
            self._stopping.wait(JOBS_RESTART_SECONDS)
            self._launch()


def _ready(port: int, cluster: Cluster | None, jobs: Jobs) -> None:
    """In the master, once it serves: start the job worker, say so, and see to a gentle stop.

    It comes at Ctrl-C, when make is killed, or when the database dies.
    """
    jobs.start()
    abruptly = signal.getsignal(signal.SIGINT)

    def stop_gently(signum: int, frame: FrameType | None) -> None:
        # A second Ctrl-C does not wait for the requests under way.
        signal.signal(signal.SIGINT, abruptly)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGINT, stop_gently)
    print(f"\nThe portal is at http://{HOST}:{port}/  (Ctrl-C stops it)", flush=True)
    parent = os.getppid()

    def watch() -> None:
        while "MAKELEVEL" not in os.environ or os.getppid() == parent:
            if cluster is not None and not cluster.alive:
                print(f"The database has stopped by itself (log: {cluster.place.log}).", file=sys.stderr, flush=True)
                break
            time.sleep(WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _settle_worker() -> None:
    """In a worker: leave Ctrl-C at the terminal to the master, and end when the master is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    master = os.getppid()

    def watch() -> None:
        while os.getppid() == master:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
