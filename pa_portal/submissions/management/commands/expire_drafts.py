"""Discard the drafts that nobody has saved for as long as a draft is kept. To be run every day."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from pa_portal.accounts.acting import acting_as_portal
from pa_portal.submissions.actions import expire_drafts


class Command(BaseCommand):
    help = "Discard drafts that nobody has saved for settings.DRAFT_DAYS days; print how many."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting_as_portal("expire_drafts"):
            discarded = expire_drafts()
        self.stdout.write(f"{discarded} expired draft{'' if discarded == 1 else 's'} discarded.")
