from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "pa_portal.review"
    label = "review"
    verbose_name = "Review"
