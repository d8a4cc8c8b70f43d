"""Addresses that stay the same for as long as the process runs: every page names a dozen of them."""

from __future__ import annotations

from functools import cache

from django import template
from django.templatetags.static import static
from django.urls import reverse

register = template.Library()


@register.simple_tag
@cache
def asset(path: str) -> str:
    """The address of a static file, as ``{% static %}`` gives it."""
    return static(path)


@register.simple_tag
@cache
def page(name: str) -> str:
    """The address of a page without arguments, as ``{% url %}`` gives it."""
    return reverse(name)
