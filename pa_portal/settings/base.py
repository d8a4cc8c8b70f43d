"""Settings that every environment shares. Importing them starts nothing and opens no connection."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from pa_portal.db import places, url
from pa_portal.settings.environment import value

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = BASE_DIR / "var"

DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "pa_portal.urls"
WSGI_APPLICATION = "pa_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "pa_portal.demo",
    "pa_portal.upkeep",
    "pa_portal.intake",
    "pa_portal.review",
    "pa_portal.reports",
    "pa_portal.correspondence",
    "pa_portal.determinations",
    "pa_portal.exports",
    "pa_portal.submissions",
    "pa_portal.accounts",
    "pa_portal.audit",
    "pa_portal.policies",
    "pa_portal.jobs",
    "procrastinate.contrib.django",
    "pa_portal.http.admin_config.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
]

# The proxies in front whose word on who asks is taken; production sets it.
TRUSTED_PROXIES = 0
MIDDLEWARE = [
    "pa_portal.http.middleware.ClientAddress",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "pa_portal.http.middleware.IsolationHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "pa_portal.http.middleware.NoStore",
    "pa_portal.http.after.AfterResponse",
    "pa_portal.http.middleware.RefuseNul",
    "pa_portal.audit.context.OriginMiddleware",
    "pa_portal.http.transaction.RequestTransaction",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "pa_portal.accounts.middleware.SignedIn",
    "pa_portal.http.transaction.EnterWhenKnown",
    "pa_portal.accounts.second_factor.SecondFactor",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# Database: DATABASE_URL, or the project's embedded cluster (see pa_portal/db).
_database = url.parse(value("DATABASE_URL") or places.of_project(BASE_DIR).url)
# A password can be given apart from the address, which then is no secret.
_database["PASSWORD"] = value("DATABASE_PASSWORD") or _database["PASSWORD"]
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        # Behind PgBouncer's transaction pooling, one statement's connection is not the next one's.
        "DISABLE_SERVER_SIDE_CURSORS": value("DATABASE_POOLED") == "1",
        **_database,
    }
}

# People
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["pa_portal.accounts.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "pa_portal.accounts.passwords.NotGuessable"},
    {"NAME": "pa_portal.accounts.passwords.NotOfThisPlace"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# Invitations; a reset lasts an hour (accounts.tokens).
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60

# Signing in (django-allauth)
MFA_REQUIRED = True
# A decision or a signature needs password or second factor shown within this time.
CONFIRM_SECONDS = 5 * 60
DEVICE_COOKIE_NAME = "device"
ACCOUNT_ADAPTER = "pa_portal.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "pa_portal.accounts.tokens.PasswordLink"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = CONFIRM_SECONDS
# Counted in Postgres, so over all processes; see docs/access.md.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,5/5m/key"}
MFA_ADAPTER = "pa_portal.accounts.adapter.MfaAdapter"
MFA_FORMS = {
    "authenticate_webauthn": "pa_portal.accounts.passkey_forms.Proof",
    "login_webauthn": "pa_portal.accounts.passkey_forms.SignIn",
    "reauthenticate_webauthn": "pa_portal.accounts.passkey_forms.Again",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_COUNT = 10
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_attempts",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    # What a page would read again a moment later, for a minute at most: each process's own.
    "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "pages"},
}

# Sessions and cookies
SESSION_ENGINE = "pa_portal.accounts.sessions"
SESSION_IDLE_SECONDS = 15 * 60
SESSION_LONGEST_SECONDS = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = SESSION_LONGEST_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Headers
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # Bootstrap draws its check marks and arrows as data: images.
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# Attached documents: outside everything the web serves. In a real installation, a volume that is backed up.
ATTACHMENT_ROOT = Path(os.environ.get("ATTACHMENT_ROOT") or VAR_DIR / "attachments")
# How long a draft is kept after it was last saved.
DRAFT_DAYS = 30

# Exported files: outside everything the web serves, in one place for the web and the job worker. Each is kept for some
# hours. More rows than that are made by the worker. The folder, if set, is where scheduled ones may be put.
EXPORT_ROOT = Path(os.environ.get("EXPORT_ROOT") or VAR_DIR / "exports")
EXPORT_HOURS = int(os.environ.get("EXPORT_HOURS") or 24)
EXPORT_SCHEDULED_HOURS = int(os.environ.get("EXPORT_SCHEDULED_HOURS") or 7 * 24)
EXPORT_AT_ONCE_ROWS = 20_000
EXPORT_FOLDER = os.environ.get("EXPORT_FOLDER", "")
# Where policy versions that are being written lie, one folder each, for managers to try; empty for nowhere.
POLICY_DRAFTS = os.environ.get("POLICY_DRAFTS", "")

# E-mail: notices hold a link and nothing about a patient. Without the portal's address, none are sent.
NOTICE_BASE_URL = os.environ.get("NOTICE_BASE_URL", "")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "pa-portal@localhost"
EMAIL_HOST = os.environ.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = int(os.environ.get("EMAIL_PORT") or 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = value("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = os.environ.get("EMAIL_USE_TLS") == "1"
EMAIL_TIMEOUT = 20

# Jobs, in the same Postgres (`manage.py worker`). Several at once, so that a long one does not hold up the notices.
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": 3,
    "delete_jobs": "successful",
    "shutdown_graceful_timeout": 10,
}

# Requests: a form here is a few kilobytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

# Language and time
LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("TIME_ZONE", "America/New_York")

# Static files
STATIC_URL = "/static/"
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Logs: to standard error. django.request names paths, which hold no more than random ids; the formatter leaves out what
# an error says, and SQL is never logged: both quote patient data.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "pa_portal.http.logs.WithoutValues",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django.db.backends": {"level": "WARNING"},
        "fido2": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        # Anyone can send a wrong Host; the answer is a 400, and the log is not theirs to fill.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
    },
}
