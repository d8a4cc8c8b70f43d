from django.apps import AppConfig


class SubmissionsConfig(AppConfig):
    name = "pa_portal.submissions"
    label = "submissions"
    verbose_name = "Submissions"
