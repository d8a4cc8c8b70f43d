"""Signing in and out."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from pa_portal.accounts import actions
from pa_portal.accounts.forms import SignInForm


class SignIn(LoginView):
    """Sign in by e-mail and password; then to ``next`` on this host, or to the page one's role starts from."""

    authentication_form = SignInForm
    template_name = "registration/login.html"

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(request.user.home_url())
        return super().get(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        user = self.request.user
        return user.home_url() if user.is_authenticated else super().get_default_redirect_url()

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        response = super().form_valid(form)
        actions.note_sign_in(by=form.get_user())
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        actions.note_failed_sign_in(email=form.data.get("username", ""))
        return self.render_to_response(self.get_context_data(form=form), status=422)


class SignOut(LogoutView):
    """Sign out, by POST alone, and back to the sign-in page."""

    http_method_names = ["post", "options"]
    next_page = "accounts:sign_in"

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            actions.note_sign_out(by=request.user)
        return super().post(request, *args, **kwargs)
