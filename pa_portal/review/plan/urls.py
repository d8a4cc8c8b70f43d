"""Addresses of a plan's settings."""

from django.urls import path

from pa_portal.review.plan import views

app_name = "plan"

urlpatterns = [
    path("", views.home, name="home"),
    path("time/", views.times, name="times"),
    path("time/<str:stage>/<str:line_of_business>/<str:urgency>/", views.time, name="time"),
    path("automatic/", views.automatic, name="automatic"),
    path("automatic/<str:policy_id>/", views.switch, name="switch"),
    path("letters/", views.letters, name="letters"),
]
