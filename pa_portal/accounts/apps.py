from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "pa_portal.accounts"
    label = "accounts"
    verbose_name = "Accounts and organizations"
