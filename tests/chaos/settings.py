"""Production's settings for a portal that is about to be killed many times: static files need no collecting here."""

from pa_portal.settings.production import *
from pa_portal.settings.production import STORAGES

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

# Whoever signed in once goes on signing for as long as the faults go on.
CONFIRM_SECONDS = ACCOUNT_REAUTHENTICATION_TIMEOUT = 24 * 60 * 60
