from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class UpkeepConfig(AppConfig):
    name = "pa_portal.upkeep"

    def ready(self) -> None:
        from pa_portal.upkeep.going_back import refuse_to_delete_records

        pre_migrate.connect(refuse_to_delete_records, sender=self)
