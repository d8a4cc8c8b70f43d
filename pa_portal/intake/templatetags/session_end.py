"""Lets the frame of every page say when the session ends."""

from __future__ import annotations

from django import template
from django.http import HttpRequest

from pa_portal.accounts.sessions import session_of

register = template.Library()


@register.simple_tag
def session_seconds(request: HttpRequest) -> int:
    """Seconds until the signed-in session of this request ends."""
    return session_of(request).seconds_left()
