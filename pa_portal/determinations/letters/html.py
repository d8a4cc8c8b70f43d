"""A letter as HTML: a page that prints like the PDF, or the same article inside another page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from pa_portal.determinations.letters.record import require_schema


def render(content: Mapping[str, Any], *, pdf_url: str = "", copy_url: str = "", back_url: str = "") -> str:
    """The letter as a page of its own. Links, left out of print, lead to its PDF, the patient's copy and back.

    Needs css/letter.css among the static files, and neither inline styles nor scripts. Raises UnknownSchema for a
    record this version cannot show.
    """
    return render_to_string(
        "letters/page.html",
        {
            "letter": content,
            "article": fragment(content, level=1),
            "pdf_url": pdf_url,
            "copy_url": copy_url,
            "back_url": back_url,
        },
    )


def fragment(content: Mapping[str, Any], *, level: int = 2) -> SafeString:
    """The letter as an <article>, its title a heading of `level` (1 to 5), for a page that links css/letter.css.

    Raises UnknownSchema for a record this version cannot show.
    """
    require_schema(content)
    headings = {"title_tag": f"h{level}", "heading_tag": f"h{level + 1}"}
    html = render_to_string("letters/letter.html", {"letter": content, **headings})
    return mark_safe(html)  # noqa: S308 - rendered by an autoescaping template
