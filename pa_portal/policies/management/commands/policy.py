"""`manage.py policy check` and `manage.py policy show`. Needs no database."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from criteria import catalog
from criteria.lint import check
from criteria.policy import Policy
from criteria.show import show
from criteria.source import PolicyError


class Command(BaseCommand):
    help = "Check policies (exit status 1 on findings), or show one as text."
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("check", "show"))
        parser.add_argument("--policy", help="policy id (default: all for check, IC-0072 for show)")
        parser.add_argument("--version", help="policy version (default: all for check, the newest for show)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "show":
                self.stdout.write(show(self._one(options["policy"] or "IC-0072", options["version"])))
            else:
                self._check(options["policy"], options["version"])
        except (catalog.UnknownPolicy, PolicyError) as error:
            raise CommandError(str(error)) from error

    @staticmethod
    def _one(policy_id: str, version: str | None) -> Policy:
        return catalog.get(policy_id, version) if version else catalog.latest(policy_id)

    def _check(self, policy_id: str | None, version: str | None) -> None:
        if version:
            policies = [self._one(policy_id or "IC-0072", version)]
        else:
            ids = [policy_id] if policy_id else catalog.policy_ids()
            policies = [policy for each in ids for policy in catalog.versions(each)]
        findings = check(policies)
        for finding in findings:
            self.stdout.write(finding)
        names = ", ".join(f"{policy.id} {policy.version}" for policy in policies)
        if findings:
            raise CommandError(f"{len(findings)} finding(s) in {names}.")
        self.stdout.write(f"No findings in {names}.")
