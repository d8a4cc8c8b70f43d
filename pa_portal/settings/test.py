"""Settings for the tests: production's behaviour, with a cheap password hash and plain static files."""

from pa_portal.settings.base import *
from pa_portal.settings.base import DATABASES, STORAGES, VAR_DIR

SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Tests of the second factor ask for it.
MFA_REQUIRED = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

# A live server's threads would keep their connections open past the end of the test database.
DATABASES["default"]["CONN_MAX_AGE"] = 0

ATTACHMENT_ROOT = VAR_DIR / "test-attachments"
EXPORT_ROOT = VAR_DIR / "test-exports"

# The tests themselves see every row; a page that they ask for must not, even before it knows who asks.
STEP_DOWN_FIRST = True
