from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "pa_portal.intake"
    label = "intake"
    verbose_name = "Intake"
