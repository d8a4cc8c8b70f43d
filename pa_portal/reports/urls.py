"""Addresses of reports. Queries hold dates, codes and random ids, and nothing about a patient."""

from django.urls import path

from pa_portal.reports import export_views, views, views_access, views_impact, views_published

app_name = "reports"

urlpatterns = [
    path("", views.overview, name="home"),
    path("requests/", views.requests, name="requests"),
    path("requests.csv", export_views.download, {"form": "csv", "data": "requests"}, name="requests_csv"),
    path("requests.xlsx", export_views.download, {"form": "xlsx", "data": "requests"}, name="requests_xlsx"),
    path("requests/<uuid:request_id>/", views.case, name="case"),
    path("impact/", views_impact.page, name="impact"),
    path("published/", views_published.page, name="published"),
    path("published.csv", views_published.file, name="published_csv"),
    path("access/", views_access.ask, name="access"),
    path("access/patients/<uuid:patient_id>/", views_access.patient, name="access_patient"),
    path("access/patients/<uuid:patient_id>/file.csv", views_access.patient_file, name="access_patient_csv"),
    path("access/people/<uuid:person_id>/", views_access.person, name="access_person"),
    path("access/people/<uuid:person_id>/file.csv", views_access.person_file, name="access_person_csv"),
    path("definitions/", views.definitions, name="definitions"),
    path("exports/", export_views.overview, name="exports"),
    path("exports/new/", export_views.choose, name="export_choose"),
    path("exports/file.csv", export_views.download, {"form": "csv"}, name="export_csv"),
    path("exports/file.xlsx", export_views.download, {"form": "xlsx"}, name="export_xlsx"),
    path("exports/data-dictionary.csv", export_views.dictionary, name="export_dictionary"),
    path("exports/start/", export_views.ask, name="export_start"),
    path("exports/<uuid:export_id>/", export_views.export, name="export"),
    path("exports/<uuid:export_id>/file/", export_views.take, name="export_file"),
    path("exports/<uuid:export_id>/cancel/", export_views.cancel, name="export_cancel"),
    path("exports/schedules/new/", export_views.plan, name="export_plan"),
    path("exports/schedules/", export_views.schedule, name="export_schedule"),
    *(
        path(
            f"exports/schedules/<uuid:schedule_id>/{act}/",
            export_views.change_schedule,
            {"act": act},
            name=f"schedule_{act}",
        )
        for act in ("pause", "resume", "delete")
    ),
]
