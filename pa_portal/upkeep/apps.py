from django.apps import AppConfig, apps
from django.db.models.signals import pre_migrate


class UpkeepConfig(AppConfig):
    name = "pa_portal.upkeep"

    def ready(self) -> None:
        from pa_portal.upkeep.going_back import refuse_to_delete_records

        # Not this room's own signal: Django sends none for a room without models.
        pre_migrate.connect(refuse_to_delete_records, sender=apps.get_app_config("audit"))
