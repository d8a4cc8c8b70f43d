from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ReportsConfig(AppConfig):
    name = "pa_portal.reports"
    label = "reports"
    verbose_name = "Reports"

    def ready(self) -> None:
        from pa_portal.reports import daily, projection

        post_migrate.connect(projection.install, sender=self)
        post_migrate.connect(daily.install, sender=self)
