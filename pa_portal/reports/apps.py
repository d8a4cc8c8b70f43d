from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ReportsConfig(AppConfig):
    name = "pa_portal.reports"
    label = "reports"
    verbose_name = "Reports"

    def ready(self) -> None:
        from pa_portal.reports.projection import install

        post_migrate.connect(install, sender=self)
