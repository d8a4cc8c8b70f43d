"""Settings for `make run` and for work on the code: this machine only, real error pages unless DEBUG=1."""

import os

from pa_portal.settings.base import *
from pa_portal.settings.base import LOGGING, VAR_DIR
from pa_portal.settings.environment import value
from pa_portal.settings.keys import local_secret_key

DEBUG = os.environ.get("DEBUG") == "1"
SECRET_KEY = value("SECRET_KEY") or local_secret_key(VAR_DIR / "secret-key")
# The demo's passwords are public: only settings that serve this machine alone may say so.
DEMO_ALLOWED = True
# Mail stays on this machine, a file each.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
NOTICE_BASE_URL = f"http://127.0.0.1:{os.environ.get('PORT') or 8000}/"
# The demo is tried by people who have no second factor for it; every page says so.
MFA_REQUIRED = os.environ.get("MFA_REQUIRED") == "1"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]

if DEBUG:
    # Whoever works on the code, with made-up patients, needs to read what an error says.
    del LOGGING["formatters"]["line"]["()"]
