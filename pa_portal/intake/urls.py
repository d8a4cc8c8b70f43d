"""The provider's addresses: a request's random id and the name of a page, and nothing about the patient."""

from django.urls import path

from pa_portal.intake.views import (
    closing,
    dashboard,
    decisions,
    details,
    documents,
    helpers,
    people,
    questions,
    requests,
    session,
)

app_name = "intake"

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("new/", dashboard.start, name="start"),
    path("renew/<uuid:pk>/", dashboard.renew, name="renew"),
    path("patients/", people.patients, name="patients"),
    path("profile/", people.profile, name="profile"),
    path("session/", session.session, name="session"),
    path("session/resume/", session.resume, name="resume"),
    path("<uuid:pk>/", requests.request_page, name="request"),
    path("<uuid:pk>/details/patient/find/", people.find_patient, name="find_patient"),
    path("<uuid:pk>/details/patient/use/", people.use_patient, name="use_patient"),
    path("<uuid:pk>/details/prescriber/use/", people.use_prescriber, name="use_prescriber"),
    path("<uuid:pk>/details/<slug:slug>/", details.details, name="details"),
    path("<uuid:pk>/questions/<slug:slug>/", questions.question, name="question"),
    path("<uuid:pk>/helpers/dose/", helpers.dose, name="dose"),
    path("<uuid:pk>/helpers/medicare/", helpers.medicare, name="medicare"),
    path("<uuid:pk>/helpers/<slug:slug>/", helpers.page_boxes, name="boxes"),
    path("<uuid:pk>/documents/", documents.page, name="documents"),
    path("<uuid:pk>/documents/<uuid:document_id>/", documents.download, name="document"),
    path("<uuid:pk>/documents/<uuid:document_id>/remove/", documents.remove, name="remove_document"),
    path("<uuid:pk>/outcome/", closing.outcome, name="outcome"),
    path("<uuid:pk>/check/", closing.check, name="check"),
    path("<uuid:pk>/ready/", closing.ready, name="ready"),
    path("<uuid:pk>/submitted/", closing.submitted, name="submitted"),
    path("<uuid:pk>/discard/", requests.discard, name="discard"),
    path("<uuid:pk>/withdraw/", requests.withdraw, name="withdraw"),
    path("<uuid:pk>/respond/", requests.respond, name="respond"),
    path("<uuid:pk>/message/", requests.message, name="message"),
    path("<uuid:pk>/copy/", requests.copy, name="copy"),
    path("<uuid:pk>/correct/", requests.correct, name="correct"),
    path("<uuid:pk>/appeal/", decisions.appeal, name="appeal"),
    path("<uuid:pk>/appeal/<uuid:appeal_id>/withdraw/", decisions.withdraw_appeal, name="withdraw_appeal"),
    path("<uuid:pk>/peer-to-peer/", decisions.peer_to_peer, name="peer_to_peer"),
]
