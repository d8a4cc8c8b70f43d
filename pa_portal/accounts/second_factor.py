"""With MFA_REQUIRED, nothing but setting up a second factor, or showing it, is open to a session without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse

from pa_portal.accounts import identity

# Open without: getting in and out, the second factors themselves, and what shows no patient.
OPEN = frozenset(
    {
        "home",
        "healthz",
        "readyz",
        "accounts:sign_in",
        "accounts:sign_out",
        "account_login",
        "account_logout",
        "account_reauthenticate",
        "account_change_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "admin:login",
        "admin:logout",
        "intake:session",
        "public:check",
        "public:boxes",
        "mfa_index",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "mfa_reauthenticate_webauthn",
        "mfa_login_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
    }
)


class SecondFactor:
    """Send a session that has shown a password alone to set up a second factor, or to show the one there is.

    Every address is closed that is not named in ``OPEN``, so a new page is closed until somebody decides otherwise.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not settings.MFA_REQUIRED or (request.resolver_match and request.resolver_match.view_name in OPEN):
            return None
        if not request.user.is_authenticated or identity.has_second_factor(request):
            return None
        way = resolve_url("mfa_reauthenticate" if is_mfa_enabled(request.user) else "mfa_index")
        if request.headers.get("HX-Request") == "true":
            response = HttpResponse(status=401)
            response["HX-Redirect"] = way
            return response
        # What was sent to a page that was never open is not kept: only its address is gone back to.
        back = request.get_full_path() if request.method == "GET" else reverse("home")
        return redirect_to_login(back, way)
