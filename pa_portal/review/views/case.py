"""The case page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pa_portal.review import case_page
from pa_portal.review.views.common import case_or_404, draw, note_reading, user_of


@require_safe
def case(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one case with everything that its decision rests on. Reading it is recorded."""
    found, opened = case_or_404(request, pk)
    note_reading(request, found, opened, "case")
    return draw(request, "review/case.html", {"view": case_page.of(user_of(request), found, opened)})
