from django.apps import AppConfig, apps
from django.contrib.admin.apps import SimpleAdminConfig


class ReviewConfig(AppConfig):
    default = True
    name = "pa_portal.review"
    label = "review"
    verbose_name = "Review"

    def ready(self) -> None:
        """Have the admin use this room's site. The admin makes its site when it is first used, which is later."""
        admin = apps.get_app_config("admin")
        assert isinstance(admin, SimpleAdminConfig)
        admin.default_site = "pa_portal.review.site.ReviewSite"
