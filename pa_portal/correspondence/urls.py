"""Addresses of letters: the letter's random id, and nothing about the patient."""

from django.urls import path

from pa_portal.correspondence import views

app_name = "correspondence"

urlpatterns = [
    path("<uuid:letter_id>/", views.letter, name="letter"),
    path("<uuid:letter_id>.pdf", views.letter_pdf, name="letter_pdf"),
    path("<uuid:letter_id>/patient/", views.letter, {"copy": True}, name="copy"),
    path("<uuid:letter_id>/patient.pdf", views.letter_pdf, {"copy": True}, name="copy_pdf"),
]
