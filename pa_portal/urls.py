"""Every address of the portal, by room."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from pa_portal.http import views

ROOMS = [
    ("accounts/", "pa_portal.accounts.urls"),
    ("requests/", "pa_portal.intake.urls"),
    ("reports/", "pa_portal.reports.urls"),
    ("letters/", "pa_portal.correspondence.urls"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("admin/", admin.site.urls),
    *(path(prefix, include(module)) for prefix, module in ROOMS if find_spec(module)),
]
