"""Signing in and out, and setting up a second factor. The rest is django-allauth's."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account.views import LoginView, PasswordResetView
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse

from pa_portal.accounts import actions, identity
from pa_portal.accounts.forms import AskForLinkForm, SignInForm

RETRY_AFTER = str(5 * 60)


class InvalidIs422:
    """A form that is not taken is 422, and 429 when the reason is too many attempts."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        limited = any(
            error.code in ("too_many_login_attempts", "rate_limited")
            for errors in form.errors.as_data().values()
            for error in errors
        )
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS if limited else HTTPStatus.UNPROCESSABLE_ENTITY
        if limited:
            response["Retry-After"] = RETRY_AFTER
        return response


class SignIn(InvalidIs422, LoginView):
    """Sign in by e-mail and password; then to ``next`` on this host, or to the page one's role starts from."""

    template_name = "account/login.html"

    def get_form_class(self) -> type[SignInForm]:
        return SignInForm


class SignOut(LogoutView):
    """Sign out, by POST alone, and back to the sign-in page. Also gives up a sign-in that waits for its second step."""

    http_method_names = ["post", "options"]
    next_page = "accounts:sign_in"

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            actions.note_sign_out(by=request.user)
        return super().post(request, *args, **kwargs)


class AskForLink(InvalidIs422, PasswordResetView):
    """Ask for a link by which to choose a new password."""

    def get_form_class(self) -> type[AskForLinkForm]:
        return AskForLinkForm


class AddApp(InvalidIs422, ActivateTOTPView):
    """Set up an authenticator app. The code that proves it counts as a second factor shown."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        identity.note_second_factor(self.request, "totp")
        actions.note_factor(by=self.request.user, act="added", kind="totp")
        return response


class AddPasskey(InvalidIs422, AddWebAuthnView):
    """Set up a passkey. Making it counts as a second factor shown."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        identity.note_second_factor(self.request, "webauthn")
        actions.note_factor(by=self.request.user, act="added", kind="webauthn")
        return response
