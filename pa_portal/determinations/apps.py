from django.apps import AppConfig


class DeterminationsConfig(AppConfig):
    name = "pa_portal.determinations"
    label = "determinations"
    verbose_name = "Determinations"

    def ready(self) -> None:
        from pa_portal.determinations import receiving

        receiving.listen()
