"""Addresses of an organization's people. They hold random ids alone."""

from django.urls import path

from pa_portal.people import views

app_name = "people"

urlpatterns = [
    path("", views.home, name="home"),
    path("invite/", views.invite, name="invite"),
    path("<uuid:person_id>/", views.person, name="person"),
    path("<uuid:person_id>/invite/", views.invite_again, name="invite_again"),
    path("<uuid:person_id>/second-step/reset/", views.reset_factors, name="reset_factors"),
    path("<uuid:person_id>/deactivate/", views.deactivate, name="deactivate"),
    path("<uuid:person_id>/reactivate/", views.reactivate, name="reactivate"),
]
