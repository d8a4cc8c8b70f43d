from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "pa_portal.demo"
    label = "demo"
    verbose_name = "Demo data"
