from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class AuditConfig(AppConfig):
    name = "pa_portal.audit"
    label = "audit"
    verbose_name = "Audit trail"

    def ready(self) -> None:
        pre_migrate.connect(_see_every_row, sender=self)
        post_migrate.connect(_stand, sender=self)


def _see_every_row(using: str, **_: Any) -> None:
    """A migration that changes rows must find them: the owner of the tables is behind the walls too."""
    with connections[using].cursor() as cursor:
        cursor.execute("SET portal.system = 'migrate'")


def _stand(using: str, plan: Sequence[tuple[Any, bool]] = (), **_: Any) -> None:
    from pa_portal.audit import walls

    # The walls are those of this code's tables: after a step back they stay, until earlier code brings its own.
    if not any(backwards for _, backwards in plan):
        walls.install(using)
    with connections[using].cursor() as cursor:
        cursor.execute("RESET portal.system")
