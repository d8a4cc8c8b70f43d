"""The provider's addresses: a request's random id and the name of a page, and nothing about the patient."""

from django.urls import path

from pa_portal.intake.views import closing, dashboard, details, helpers, questions, requests, session

app_name = "intake"

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("new/", dashboard.start, name="start"),
    path("renew/<uuid:pk>/", dashboard.renew, name="renew"),
    path("session/", session.session, name="session"),
    path("session/resume/", session.resume, name="resume"),
    path("<uuid:pk>/", requests.request_page, name="request"),
    path("<uuid:pk>/details/<slug:slug>/", details.details, name="details"),
    path("<uuid:pk>/questions/<slug:slug>/", questions.question, name="question"),
    path("<uuid:pk>/helpers/dose/", helpers.dose, name="dose"),
    path("<uuid:pk>/helpers/<slug:slug>/", helpers.page_boxes, name="boxes"),
    path("<uuid:pk>/outcome/", closing.outcome, name="outcome"),
    path("<uuid:pk>/check/", closing.check, name="check"),
    path("<uuid:pk>/submitted/", closing.submitted, name="submitted"),
    path("<uuid:pk>/discard/", requests.discard, name="discard"),
    path("<uuid:pk>/withdraw/", requests.withdraw, name="withdraw"),
    path("<uuid:pk>/respond/", requests.respond, name="respond"),
]
