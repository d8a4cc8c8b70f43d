"""Every address of the portal, by room."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from pa_portal.http import views

handler400 = "pa_portal.http.trouble.bad_request"
handler500 = "pa_portal.http.trouble.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("pa_portal.accounts.urls")),
    path("accounts/", include("pa_portal.accounts.sign_in_urls")),
    path("requests/", include("pa_portal.intake.urls")),
    path("check-criteria/", include("pa_portal.intake.public_urls")),
    path("letters/", include("pa_portal.correspondence.urls")),
    path("plan/", include("pa_portal.review.plan.urls")),
    path("reports/", include("pa_portal.reports.urls")),
    path("people/", include("pa_portal.people.urls")),
]
