from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "pa_portal.exports"
    label = "exports"
    verbose_name = "Exports"
