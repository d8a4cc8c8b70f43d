"""Small pieces of markup for the cells of lists: a mark never speaks by colour or shape alone."""

from __future__ import annotations

import datetime

from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString


def marked(icon: str, tone: str, text: str) -> SafeString:
    """Words with an icon before them, hidden from assistive technology since the words say it all."""
    return format_html(
        '<span class="marked text-{}"><svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>'
        "<span>{}</span></span>",
        tone,
        static("img/icons.svg"),
        icon,
        text,
    )


def moment(at: datetime.datetime | None) -> SafeString | str:
    """A moment as local date and time, the year only when it is not this one; empty for none."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    year = "" if local.year == timezone.localdate().year else f", {local.year}"
    shown, clock = f"{local:%b} {local.day}{year},", f"{local:%I:%M %p}".lstrip("0")
    return format_html('<time datetime="{}">{} <span class="nowrap">{}</span></time>', local.isoformat(), shown, clock)
