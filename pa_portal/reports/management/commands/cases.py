"""Check that reports say what the records say, or draw their table again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from pa_portal.accounts.acting import acting_as_portal
from pa_portal.reports.projection import differences, store_all


class Command(BaseCommand):
    help = "check: compare every case with the records. refresh: draw every case again from them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("check", "refresh"))

    def handle(self, *args: Any, **options: Any) -> None:
        """``check`` exits with an error when a case is not as the records say."""
        with acting_as_portal("cases"):
            self._do(options["what"])

    def _do(self, what: str) -> None:
        if what == "refresh":
            with transaction.atomic():
                store_all()
        if found := differences():
            raise CommandError(f"{found} cases are not as the records say. Run: manage.py cases refresh")
        self.stdout.write("Every case is as the records say.")
