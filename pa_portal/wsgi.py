"""WSGI entry point: production settings unless DJANGO_SETTINGS_MODULE says otherwise."""

import os

from django.core.wsgi import get_wsgi_application

from pa_portal.http.wsgi import readable_alone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pa_portal.settings.production")

application = readable_alone(get_wsgi_application())
