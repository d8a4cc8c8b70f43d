"""Addresses of reports. Queries hold dates, codes and random ids, and nothing about a patient."""

from django.urls import path

from pa_portal.reports import views

app_name = "reports"

urlpatterns = [
    path("", views.overview, name="home"),
    path("requests/", views.requests, name="requests"),
    path("requests.csv", views.requests_csv, name="requests_csv"),
    path("requests.xlsx", views.requests_xlsx, name="requests_xlsx"),
    path("requests/<uuid:request_id>/", views.case, name="case"),
    path("definitions/", views.definitions, name="definitions"),
]
