"""Lets the frame of every page say when signing in needs no second factor."""

from __future__ import annotations

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def mfa_required() -> bool:
    """Whether a second factor is needed to see patient data here."""
    return bool(settings.MFA_REQUIRED)
