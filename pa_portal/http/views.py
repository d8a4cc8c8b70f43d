"""Pages that belong to no room: the front door and the health check."""

from __future__ import annotations

from django.conf import settings
from django.db import Error, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pa_portal.http import readiness


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Send a signed-in user to the page they work from, and anyone else to sign-in."""
    if request.user.is_authenticated:
        return redirect(request.user.home_url())
    return redirect(settings.LOGIN_URL)


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when this process answers and can reach its database, 503 when it cannot."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return HttpResponse("no database", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when this process should be sent requests; 503 with the reasons, one a line, when it should not."""
    try:
        reasons = readiness.reasons()
    except Error:
        reasons = ["the database does not answer"]
    answer = "\n".join(reasons) or "ready"
    return HttpResponse(answer, status=503 if reasons else 200, content_type="text/plain; charset=utf-8")
