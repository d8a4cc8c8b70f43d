"""`manage.py adjudicate`: facts as JSON lines in, decisions as JSON lines out. Needs no database."""

from __future__ import annotations

import contextlib
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from criteria import catalog
from criteria.adjudicate import adjudicate
from criteria.source import PolicyError


class Command(BaseCommand):
    help = "Decide facts, one JSON object a line, under a policy version. Exit status 1 if any line was bad."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # `--version` names the policy version here, not Django's
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--policy", default="IC-0072", help="policy id (default: %(default)s)")
        parser.add_argument("--version", help="policy version (default: the newest)")
        parser.add_argument("--trace", action="store_true", help="add the criteria tree with each verdict")
        parser.add_argument("file", nargs="?", metavar="FILE", help="JSON lines (default: standard input)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["version"]:
                policy = catalog.get(options["policy"], options["version"])
            else:
                policy = catalog.latest(options["policy"])
        except (catalog.UnknownPolicy, PolicyError) as error:
            raise CommandError(str(error)) from error
        all_good = True
        out = self.stdout
        try:
            with _opened(options["file"]) as lines:
                for line, good in adjudicate(policy, lines, trace=options["trace"]):
                    out.write(line)
                    if not options["file"]:
                        out.flush()  # a caller at the other end of a pipe may be waiting for this answer
                    all_good = all_good and good
            out.flush()
        except BrokenPipeError:
            # the reader has left; point standard output elsewhere so that closing it is quiet
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not all_good:
            raise SystemExit(1)


@contextlib.contextmanager
def _opened(path: str | None) -> Iterator[BinaryIO]:
    if path is None or path == "-":
        yield sys.stdin.buffer
        return
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below; only opening may be refused
    except OSError as error:
        raise CommandError(f"Cannot read {path}: {error.strerror}.") from error
    with file:
        yield file
