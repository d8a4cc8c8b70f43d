"""`make run`: have a database, migrate it, seed it, and serve the portal on 127.0.0.1 until told to stop.

gunicorn's master is this very process, so that when it is killed its workers notice, and leave the port and the
database's lock free for the next run.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pa_portal.db import project  # noqa: E402
from pa_portal.db.cluster import Cluster  # noqa: E402
from pa_portal.db.errors import DatabaseError  # noqa: E402

HOST = "127.0.0.1"
WORKERS = 2
LONGEST_REQUEST_SECONDS = 120
# A run that was just killed frees its port within a moment.
PORT_PATIENCE_SECONDS = 3.0
WATCH_SECONDS = 0.5


def main() -> None:
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    port = _read_port(os.environ.get("PORT") or "8000")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pa_portal.settings.dev")
    try:
        _wait_for_port(port)
        with project.running(ROOT) as cluster:
            _prepare()
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


def _serve(port: int, cluster: Cluster | None) -> None:
    from django.core.wsgi import get_wsgi_application
    from django.urls import get_resolver
    from gunicorn.app.base import BaseApplication

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
                "when_ready": lambda arbiter: _ready(port, cluster),
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


def _ready(port: int, cluster: Cluster | None) -> None:
    """In the master, once it serves: say so, and stop gently at Ctrl-C, when make is killed, or the database dies."""
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
