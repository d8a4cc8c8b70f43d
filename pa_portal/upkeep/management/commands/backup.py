"""`manage.py backup FOLDER`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from pa_portal.upkeep.backup import backup
from pa_portal.upkeep.manifest import BackupError
from pa_portal.upkeep.programs import ProgramError


class Command(BaseCommand):
    help = "Save the database and the attached documents in a new folder, while the portal runs."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups are kept")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            made = backup(folder)
        except (BackupError, ProgramError) as error:
            raise CommandError(str(error)) from None
        except Error as error:
            raise CommandError(f"The database refused: {type(error).__name__}.") from None
        except OSError as error:
            raise CommandError(f"{error.filename or folder}: {error.strerror}") from None
        self.stdout.write(str(made))
