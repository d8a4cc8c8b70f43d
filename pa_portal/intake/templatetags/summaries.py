"""Rows of a list of answers: a page may hold thirty, and a template's loop takes ten times as long to draw one."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

from pa_portal.intake.path import Stop

register = template.Library()

_PLAIN = '<div class="summary__row summary__row--plain"><dt>{}</dt><dd>{}</dd></div>'
_LINKED = (
    '<div class="summary__row"><dt>{}</dt><dd>{}</dd><dd class="summary__action">'
    '<a href="{}">Change<span class="visually-hidden"> {}</span></a></dd></div>'
)


@register.filter
def summary(rows: Iterable[tuple[str, str]]) -> SafeString:
    """Draw (label, value); the value keeps its line breaks."""
    return format_html_join("\n", _PLAIN, ((label, _lines(value)) for label, value in rows))


@register.filter
def summary_with_change(rows: Iterable[tuple[Stop, str, str]]) -> SafeString:
    """Draw (page, label, value), with a link to the page."""
    return format_html_join("\n", _LINKED, ((label, value, stop.url, label) for stop, label, value in rows))


def _lines(value: str) -> SafeString:
    return SafeString("<br>".join(escape(value).splitlines()))
