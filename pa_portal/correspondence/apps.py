from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    name = "pa_portal.correspondence"
    label = "correspondence"
    verbose_name = "Correspondence"
