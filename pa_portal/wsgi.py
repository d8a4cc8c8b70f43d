"""WSGI entry point: production settings unless DJANGO_SETTINGS_MODULE says otherwise."""

import os

from django.core.wsgi import get_wsgi_application

from pa_portal.http.wsgi import utf8_alone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pa_portal.settings.production")

application = utf8_alone(get_wsgi_application())
