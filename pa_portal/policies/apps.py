from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "pa_portal.policies"
    label = "policies"
    verbose_name = "Policies"
