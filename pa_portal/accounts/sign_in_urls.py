"""Where one signs in, shows who one is, and looks after password and second factors.

The names are django-allauth's, which looks its pages up by them. What is not here is not open: no sign-up, no other
e-mail addresses.
"""

from __future__ import annotations

from collections.abc import Callable

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.webauthn import views as webauthn
from django.http import HttpResponse
from django.urls import URLPattern, path, re_path

from pa_portal.accounts import views
from pa_portal.accounts.attempts import sending_counts


def at(route: str, view: Callable[..., HttpResponse], name: str) -> URLPattern:
    """Return an address where looking is no attempt."""
    return path(route, sending_counts(view), name=name)


urlpatterns = [
    at("sign-in/", views.SignIn.as_view(), name="account_login"),
    at("sign-in/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    at("sign-in/second-step/", views.SecondStep.as_view(), name="mfa_authenticate"),
    at("sign-out/", views.SignOut.as_view(), name="account_logout"),
    at("confirm/", views.ConfirmByPassword.as_view(), name="account_reauthenticate"),
    at("confirm/code/", views.ConfirmByCode.as_view(), name="mfa_reauthenticate"),
    at("confirm/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    at("password/", views.ChangePassword.as_view(), name="account_change_password"),
    at("password/link/", views.AskForLink.as_view(), name="account_reset_password"),
    at("password/link/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/link/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-0-9A-Za-z]+)/$",
        sending_counts(views.ChoosePassword.as_view()),
        name="account_reset_password_from_key",
    ),
    at("password/link/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    at("second-factor/", mfa.index, name="mfa_index"),
    at("second-factor/app/", views.AddApp.as_view(), name="mfa_activate_totp"),
    at("second-factor/app/remove/", views.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    at("second-factor/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    at("second-factor/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    at("second-factor/codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    at("second-factor/passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    at("second-factor/passkeys/new/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    at("second-factor/passkeys/<int:pk>/remove/", views.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    at("second-factor/passkeys/<int:pk>/edit/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
