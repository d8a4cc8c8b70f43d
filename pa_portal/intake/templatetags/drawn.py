"""What a page repeats, drawn here: a page may hold thirty rows, and a template takes ten times as long for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import template
from django.utils.html import escape, format_html, format_html_join
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


@register.filter
def field_groups(groups: Iterable[Mapping[str, Any]]) -> SafeString:
    """Draw a form's fields by heading and row, side by side where a row holds several."""
    return SafeString("".join(part for group in groups for part in _group(group)))


def _group(group: Mapping[str, Any]) -> Iterator[str]:
    if group["heading"]:
        yield format_html('<h2 class="form-section">{}</h2>', group["heading"])
    for row in group["rows"]:
        fields = "".join(field.html for field in row)
        yield f'<div class="field-row">{fields}</div>' if len(row) > 1 else fields


def _lines(value: str) -> SafeString:
    return SafeString("<br>".join(escape(value).splitlines()))
