"""Fill the database with the demo, and print who can sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pa_portal.accounts.acting import acting_as_portal
from pa_portal.accounts.models import Role
from pa_portal.demo.people import ORGANIZATIONS, PASSWORD, USERS
from pa_portal.demo.seed import seed


class Command(BaseCommand):
    help = "Create the demo's organizations, people and requests, once, and print the logins."

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuses to run unless the settings say DEMO_ALLOWED = True: the demo's password is public."""
        if getattr(settings, "DEMO_ALLOWED", False) is not True:
            raise CommandError(
                "The demo has public passwords. It runs only where the settings say DEMO_ALLOWED = True."
            )
        with acting_as_portal("seed_demo"):
            done = seed()
        self.stdout.write("Demo data created." if done else "Demo data is there already.")
        self.stdout.write(f"\nDemo logins, all with the password  {PASSWORD}\n\n")
        self.stdout.write("\n".join(_table()))


def _table() -> list[str]:
    rows = [
        (
            details["email"],
            Role(details["role"]).label,
            " ".join(part for part in (details["first_name"], details["last_name"], details["credentials"]) if part),
            ORGANIZATIONS[details["organization"]]["name"],
        )
        for details in USERS.values()
    ]
    heads = ("E-mail address", "Role", "Name", "Organization")
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(heads))]

    def line(cells: tuple[str, ...]) -> str:
        return "  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()

    return [line(heads), line(tuple("-" * width for width in widths)), *map(line, rows)]
