"""The address of the public check: one, whatever was answered."""

from django.urls import path

from pa_portal.intake.views import public

app_name = "public"

urlpatterns = [
    path("", public.check, name="check"),
    path("boxes/", public.page_boxes, name="boxes"),
]
