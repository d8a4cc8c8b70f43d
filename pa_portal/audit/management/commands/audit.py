"""The record's chain: close it, write down its head, and find whether anything on record was touched."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pa_portal.audit import acting, sealing

MOST_TOLD = 100


class Command(BaseCommand):
    help = (
        "seal: close what came since (the worker does it every minute). head: print the end of the chain, to be kept "
        "somewhere else. verify: find rows that were altered, removed or put in."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("seal", "head", "verify"))
        parser.add_argument("--head", type=Path, metavar="FILE", help="heads printed earlier, one a line (- for stdin)")

    def handle(self, *args: Any, **options: Any) -> None:
        """``verify`` exits with an error when something was touched."""
        with acting.as_system("audit"):
            if options["what"] == "verify":
                self._verify(_heads(options["head"]))
                return
            closed = sealing.seal()
            if options["what"] == "seal":
                self.stdout.write(f"{closed} rows sealed.")
            else:
                self.stdout.write(str(sealing.head() or ""))

    def _verify(self, known: list[sealing.Head]) -> None:
        began = time.monotonic()
        found = sealing.verify(known)
        seconds = time.monotonic() - began
        self.stdout.write(
            f"{found.seals} seals, {found.rows} sealed rows, {found.events} events in {seconds:.1f} s"
            f" ({found.rows / max(seconds, 0.001):,.0f} rows a second)."
        )
        self.stdout.write(f"{found.unsealed} rows came since and are not sealed yet.")
        if found.head:
            self.stdout.write(f"Head: {found.head}")
        if found.problems:
            told = found.problems[:MOST_TOLD]
            more = len(found.problems) - len(told)
            raise CommandError("\n".join([*told, *([f"and {more} more"] if more else [])]))
        self.stdout.write("Nothing on record was touched.")


def _heads(path: Path | None) -> list[sealing.Head]:
    if path is None:
        return []
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="ascii")
        return [sealing.Head.read(line) for line in text.splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} does not hold heads as `audit head` prints them: {error}") from error
