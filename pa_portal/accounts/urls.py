"""Where one signs in and out."""

from django.urls import path

from pa_portal.accounts import views
from pa_portal.accounts.attempts import sending_counts

app_name = "accounts"

urlpatterns = [
    path("sign-in/", sending_counts(views.SignIn.as_view()), name="sign_in"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("sessions/", views.sessions, name="sessions"),
]
