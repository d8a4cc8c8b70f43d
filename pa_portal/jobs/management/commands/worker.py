"""Work off the queue: `manage.py worker`. `make run` and docker-compose.yml each keep one running."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

WATCH_SECONDS = 0.5
# The queue's own connections, besides one for each job under way and one that listens.
CONNECTIONS = 2


class Command(BaseCommand):
    help = "Work off the queue of jobs until told to stop (Ctrl-C, SIGTERM), and start the periodic ones."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when no job is left")
        parser.add_argument("--parent", type=int, metavar="PID", help="end, whatever is under way, with this process")

    def handle(self, *args: Any, **options: Any) -> None:
        """Jobs under way at a stop have the time that PROCRASTINATE_WORKER_DEFAULTS gives them to end."""
        if options["parent"]:
            _end_with(options["parent"])
        connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=CONNECTIONS)
        try:
            # The pool alone would go on trying for a while.
            connection.ensure_connection()
            connection.close()
            with app.replace_connector(connector):
                app.run_worker(wait=not options["once"])
        except (OperationalError, ConnectorException, PoolTimeout):
            raise CommandError("The worker has stopped: the database cannot be used.") from None


def _end_with(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
