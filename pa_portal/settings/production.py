"""Settings for a real installation, behind a proxy that ends TLS. Everything particular comes from the environment.

SECRET_KEY, DATABASE_URL and ALLOWED_HOSTS (host names, comma-separated) must be set, each by its name or by a file
(SECRET_KEY_FILE and so on); docs/operations.md explains them.
"""

from django.core.exceptions import ImproperlyConfigured

from pa_portal.settings.base import *
from pa_portal.settings.environment import required, several, value

SECRET_KEY = required("SECRET_KEY")
# Keys that were replaced: what they signed is still good. Nothing new is signed with them.
SECRET_KEY_FALLBACKS = several("SECRET_KEY_FALLBACKS")
if any(len(key) < 50 for key in (SECRET_KEY, *SECRET_KEY_FALLBACKS)):
    raise ImproperlyConfigured("SECRET_KEY is shorter than 50 characters; docs/operations.md says how to make one.")
required("DATABASE_URL")
required("ALLOWED_HOSTS")
ALLOWED_HOSTS = several("ALLOWED_HOSTS")
# How many proxies stand in front, each adding who asked it to X-Forwarded-For.
TRUSTED_PROXIES = int(value("TRUSTED_PROXIES") or 1)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if not host.startswith(".") and host != "*"]

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
DEVICE_COOKIE_NAME = "__Host-device"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
# The proxy in front adds who asked, last in X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("TRUSTED_PROXIES", "1"))
