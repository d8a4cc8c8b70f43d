from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "pa_portal.jobs"
    label = "jobs"
    verbose_name = "Jobs"
