"""`manage.py restore FOLDER`, and `manage.py restore FOLDER --compare`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from pa_portal.upkeep import manifest
from pa_portal.upkeep.manifest import BackupError
from pa_portal.upkeep.programs import ProgramError
from pa_portal.upkeep.restore import differences, restore


class Command(BaseCommand):
    help = "Put a backup into an empty database, and compare every table's rows and content with what was saved."
    requires_migrations_checks = False
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="the folder that `backup` made")
        parser.add_argument("--replace", action="store_true", help="delete what the database holds first")
        parser.add_argument("--compare", action="store_true", help="change nothing; say how what is there differs")

    def handle(self, *args: Any, folder: Path, replace: bool, compare: bool, **options: Any) -> None:
        try:
            saved = manifest.read(folder) if compare else restore(folder, replace=replace)
            if compare and (wrong := differences(saved)):
                raise CommandError("Differs from the backup: " + "; ".join(wrong))
        except (BackupError, ProgramError) as error:
            raise CommandError(str(error)) from None
        except Error as error:
            raise CommandError(f"The database refused: {type(error).__name__}.") from None
        except OSError as error:
            raise CommandError(f"{error.filename or folder}: {error.strerror}") from None
        rows = sum(rows for rows, _ in saved.tables.values())
        self.stdout.write(
            f"As saved on {saved.made_at}: {len(saved.tables)} tables, {rows} rows, "
            f"{len(saved.attachments)} documents; every count and hash is the same."
        )
