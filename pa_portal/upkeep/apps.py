from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "pa_portal.upkeep"
