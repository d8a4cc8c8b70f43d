"""Signing in and out, and setting up a second factor. The rest is django-allauth's."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from allauth.account.views import (
    LoginView,
    PasswordChangeView,
    PasswordResetFromKeyView,
    PasswordResetView,
    ReauthenticateView,
)
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as ReauthenticateByCodeView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pa_portal.accounts import actions, identity, own_sessions
from pa_portal.accounts.access import require_role
from pa_portal.accounts.forms import AskForLinkForm, SignInForm
from pa_portal.accounts.models import Role
from pa_portal.accounts.passkey_forms import AddPasskeyForm
from pa_portal.audit import acting

RETRY_AFTER = str(5 * 60)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(*Role)
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in; by POST, end one of the others or all of them. What has ended already is no error."""
    if request.method == "POST":
        identity.require(request)
        ended = own_sessions.end(request, request.POST.get("session", ""))
        done = f"Signed out of {ended} other browser{'' if ended == 1 else 's'}."
        messages.success(request, done if ended else "You were signed out there already.")
        return HttpResponseRedirect(reverse("accounts:sessions"), status=HTTPStatus.SEE_OTHER)
    return render(request, "account/sessions.html", {"lines": own_sessions.of_asker(request)})


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
    """Sign out, by POST alone, and back to the sign-in page. Also gives up a sign-in that waits for its second step.

    The browser is told to drop whatever it kept; not its cookies, of which one only says that the browser is known.
    """

    http_method_names = ["post", "options"]
    next_page = "accounts:sign_in"

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            actions.note_sign_out(by=request.user)
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class AskForLink(InvalidIs422, PasswordResetView):
    """Ask for a link by which to choose a new password."""

    def get_form_class(self) -> type[AskForLinkForm]:
        return AskForLinkForm


class ChoosePassword(InvalidIs422, PasswordResetFromKeyView):
    """Choose a password by way of a link. Whoever else was signed in is signed out."""

    def logout(self) -> None:
        super().logout()
        acting.leave()


class ChangePassword(InvalidIs422, PasswordChangeView):
    """Change the password, with the one there is."""


class SecondStep(InvalidIs422, AuthenticateView):
    """Show the second factor, and be signed in."""


class ConfirmByPassword(InvalidIs422, ReauthenticateView):
    """Show again who one is, and go on from where that was asked for."""


class ConfirmByCode(InvalidIs422, ReauthenticateByCodeView):
    """As ``ConfirmByPassword``, by the app's code or a recovery code."""


class RemoveApp(DeactivateTOTPView):
    """Remove the authenticator app."""

    def form_valid(self, form: Any) -> HttpResponse:
        actions.note_factor(by=self.request.user, act="removed", kind="totp")
        return super().form_valid(form)


class RemovePasskey(RemoveWebAuthnView):
    """Remove a passkey."""

    def form_valid(self, form: Any) -> HttpResponse:
        actions.note_factor(by=self.request.user, act="removed", kind="webauthn")
        return super().form_valid(form)


class AddApp(InvalidIs422, ActivateTOTPView):
    """Set up an authenticator app. The code that proves it counts as a second factor shown."""

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        identity.note_second_factor(self.request, "totp")
        actions.note_factor(by=self.request.user, act="added", kind="totp")
        return response


class AddPasskey(InvalidIs422, AddWebAuthnView):
    """Set up a passkey. Making it counts as a second factor shown."""

    def get_form_class(self) -> type[AddPasskeyForm]:
        return AddPasskeyForm

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        identity.note_second_factor(self.request, "webauthn")
        actions.note_factor(by=self.request.user, act="added", kind="webauthn")
        return response
