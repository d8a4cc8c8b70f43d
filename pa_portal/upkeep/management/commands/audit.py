"""The record: close its chain, write down its head, find whether anything was touched, and who saw or changed what."""

from __future__ import annotations

import csv
import datetime
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from pa_portal.accounts.acting import acting_as_portal
from pa_portal.accounts.models import User
from pa_portal.audit import reporting, sealing
from pa_portal.reports.exports.cells import neutral
from pa_portal.submissions.models import Request
from pa_portal.submissions.numbers import REFERENCE

MOST_TOLD = 100


class Command(BaseCommand):
    help = (
        "seal: close what came since (the worker does it every minute). head: print the end of the chain, to be kept "
        "somewhere else. verify: find rows that were altered, removed or put in. report: as CSV, who saw or changed "
        "what is about a patient (--request), or what a person saw or changed (--user), or both."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("seal", "head", "verify", "report"))
        parser.add_argument("--head", type=Path, metavar="FILE", help="heads printed earlier, one a line (- for stdin)")
        parser.add_argument("--request", metavar="REFERENCE", help="any request of the patient")
        parser.add_argument("--user", metavar="E-MAIL")
        parser.add_argument("--from", dest="start", type=datetime.date.fromisoformat, metavar="DAY", help="first day")
        parser.add_argument("--to", dest="end", type=datetime.date.fromisoformat, metavar="DAY", help="last day")

    def handle(self, *args: Any, **options: Any) -> None:
        """``verify`` exits with an error when something was touched."""
        with acting_as_portal("audit"):
            match options["what"]:
                case "verify":
                    self._verify(_heads(options["head"]))
                case "report":
                    self._report(options)
                case "seal":
                    self.stdout.write(f"{sealing.seal()} rows sealed.")
                case "head":
                    sealing.seal()
                    self.stdout.write(str(sealing.head() or ""))

    def _verify(self, known: list[sealing.Head]) -> None:
        began = time.monotonic()
        found = sealing.verify(known)
        seconds = max(time.monotonic() - began, 0.001)
        self.stdout.write(
            f"{found.seals} seals, {found.rows} sealed rows, {found.events} events in {seconds:.1f} s"
            f" ({found.rows / seconds:,.0f} rows a second)."
        )
        self.stdout.write(f"{found.unsealed} rows came since and are not sealed yet.")
        if found.head:
            self.stdout.write(f"Head: {found.head}")
        if found.problems:
            more = len(found.problems) - MOST_TOLD
            raise CommandError("\n".join([*found.problems[:MOST_TOLD], *([f"and {more} more"] if more > 0 else [])]))
        self.stdout.write("Nothing on record was touched.")

    def _report(self, options: dict[str, Any]) -> None:
        if not options["request"] and not options["user"]:
            raise CommandError("Say about whom: --request REFERENCE, --user E-MAIL, or both.")
        about, who = None, None
        if options["request"]:
            reference = REFERENCE.tidy(options["request"])
            found = Request.objects.filter(reference=reference).select_related("patient").first()
            if found is None:
                raise CommandError("There is no request with this reference.")
            about = reporting.everything_about(found.patient or found)
        if options["user"]:
            person = User.objects.filter(email=User.normalize_username(options["user"])).first()
            if person is None:
                raise CommandError("Nobody has this e-mail address.")
            who = person.pk
        lines = csv.writer(self.stdout)
        lines.writerow(reporting.Look._fields)
        first, last = options["start"], options["end"]
        for look in reporting.looks(
            about=about,
            who=who,
            start=_midnight(first) if first else None,
            end=_midnight(last + datetime.timedelta(days=1)) if last else None,
        ):
            lines.writerow([neutral(cell) if isinstance(cell, str) else cell for cell in look])


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


def _heads(path: Path | None) -> list[sealing.Head]:
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="ascii")
        return [sealing.Head.read(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} does not hold heads as `audit head` prints them: {error}") from error
