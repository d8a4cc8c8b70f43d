"""Fill the demo with requests by the thousand or the million."""

from __future__ import annotations

import datetime
import os
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from pa_portal.accounts.acting import acting_as_portal
from pa_portal.demo.bulk.seed import SeededAlready
from pa_portal.demo.bulk.seed import seed as seed_requests
from pa_portal.demo.seed import seed as seed_demo
from pa_portal.reports import daily


class Command(BaseCommand):
    help = (
        "Make many realistic requests of the demo's plan, with all that became of them, by COPY. The same --seed and "
        "--until make the same requests."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--requests", type=int, required=True, help="how many")
        parser.add_argument("--seed", type=int, default=1, help="any whole number; each makes other requests")
        parser.add_argument("--until", type=datetime.date.fromisoformat, help="the first day not told of; today")
        parser.add_argument("--processes", type=int, default=os.cpu_count() or 1, help="how many work at once")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses to run unless the settings say DEMO_ALLOWED = True: what it makes cannot be taken out again."""
        if getattr(settings, "DEMO_ALLOWED", False) is not True:
            raise CommandError(
                "These are made-up requests, and nothing takes them out again. The command runs only where the "
                "settings say DEMO_ALLOWED = True."
            )
        if options["requests"] < 1 or options["processes"] < 1:
            raise CommandError("--requests and --processes are whole numbers from 1.")
        until: datetime.date | None = options["until"]
        end = timezone.make_aware(datetime.datetime.combine(until, datetime.time.min)) if until else None
        with acting_as_portal("seed"):
            seed_demo()
        started = time.monotonic()
        try:
            for done in seed_requests(
                options["requests"], seed=options["seed"], end=end, processes=options["processes"]
            ):
                rate = done / (time.monotonic() - started)
                self.stdout.write(f"\r{done:,} requests, {rate:,.0f} a second", ending="")
                self.stdout.flush()
        except SeededAlready as error:
            raise CommandError(str(error)) from error
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        with acting_as_portal("cases"):
            daily.fold()
        self.stdout.write(f"\n{done:,} requests made in {time.monotonic() - started:,.0f} seconds.")
