from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "pa_portal.reports"
    label = "reports"
    verbose_name = "Reports"
