"""Send the e-mail notices that wait. Run it every minute or so, or leave it running with --every."""

from __future__ import annotations

import time
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections

from pa_portal.accounts.acting import acting_as_portal
from pa_portal.determinations import notices


class Command(BaseCommand):
    help = "Queue notices of authorizations that end soon, and send every notice that waits, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=int, metavar="SECONDS", help="go on, with this pause between two rounds")

    def handle(self, *args: Any, **options: Any) -> None:
        every = options["every"]
        if every is not None and every < 1:
            raise CommandError("--every takes a number of seconds of 1 or more.")
        while True:
            with acting_as_portal("send_notices"):
                self._round()
            if every is None:
                return
            close_old_connections()
            time.sleep(every)

    def _round(self) -> None:
        notices.queue_expiring()
        try:
            sent, refused = notices.send_waiting()
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{sent} sent, {refused} refused by the mail server")
        stuck = notices.stuck()
        if stuck:
            self.stderr.write(
                f"{stuck} need a look: refused {notices.MOST_ATTEMPTS} times, or a run ended while it sent them. "
                "They are not sent again by themselves."
            )
