"""Check that reports say what the records say, or draw their tables again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from pa_portal.accounts.acting import acting_as_portal
from pa_portal.reports import daily, projection


class Command(BaseCommand):
    help = (
        "check: compare every case with the records, and every day's sums with the cases. refresh: draw all of them "
        "again. fold: keep the sums of the days that have changed; the worker does that every few minutes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("check", "refresh", "fold"))

    def handle(self, *args: Any, **options: Any) -> None:
        """``check`` exits with an error when something is not as the records say."""
        with acting_as_portal("cases"):
            self._do(options["what"])

    def _do(self, what: str) -> None:
        if what == "fold":
            self.stdout.write(f"{daily.fold()} days kept anew.")
            return
        if what == "refresh":
            with transaction.atomic():
                projection.store_all()
                daily.mark_all()
                daily.fold()
        cases, days = projection.differences(), daily.differences()
        if cases or days:
            raise CommandError(
                f"{cases} cases are not as the records say, {days} sums not as the cases. Run: manage.py cases refresh"
            )
        self.stdout.write("Every case is as the records say, and every sum as the cases.")
