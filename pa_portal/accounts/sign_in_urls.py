"""Where one signs in, shows who one is, and looks after password and second factors.

The names are django-allauth's, which looks its pages up by them. What is not here is not open: no sign-up, no other
e-mail addresses.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, re_path

from pa_portal.accounts import views

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="account_login"),
    path("sign-in/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("sign-in/second-step/", views.SecondStep.as_view(), name="mfa_authenticate"),
    path("sign-out/", views.SignOut.as_view(), name="account_logout"),
    path("confirm/", views.ConfirmByPassword.as_view(), name="account_reauthenticate"),
    path("confirm/code/", views.ConfirmByCode.as_view(), name="mfa_reauthenticate"),
    path("confirm/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("password/", views.ChangePassword.as_view(), name="account_change_password"),
    path("password/link/", views.AskForLink.as_view(), name="account_reset_password"),
    path("password/link/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/link/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-0-9A-Za-z]+)/$",
        views.ChoosePassword.as_view(),
        name="account_reset_password_from_key",
    ),
    path("password/link/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("second-factor/", mfa.index, name="mfa_index"),
    path("second-factor/app/", views.AddApp.as_view(), name="mfa_activate_totp"),
    path("second-factor/app/remove/", views.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("second-factor/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("second-factor/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("second-factor/codes/file/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("second-factor/passkeys/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path("second-factor/passkeys/new/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("second-factor/passkeys/<int:pk>/remove/", views.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("second-factor/passkeys/<int:pk>/edit/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
]
