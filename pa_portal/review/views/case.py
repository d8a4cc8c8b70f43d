"""The case page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pa_portal.determinations import actions
from pa_portal.determinations.case import Case
from pa_portal.review import case_page
from pa_portal.review import talk as talks
from pa_portal.review.forms.talk import TalkForm
from pa_portal.review.views.common import case_or_404, draw, user_of
from pa_portal.submissions.models import Request


@require_safe
def case(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one case with everything that its decision rests on. Reading it is recorded."""
    found, opened = case_or_404(request, pk)
    return draw_case(request, found, opened)


def draw_case(
    request: HttpRequest,
    found: Request,
    case: Case,
    *,
    status: int = 200,
    sent: TalkForm | None = None,
    first: str = "",
) -> HttpResponse:
    """Draw the page; ``sent`` and ``first`` as for ``talk.of``."""
    user = user_of(request)
    talk = talks.of(user, found, sent=sent, first=first)
    if talk.new:
        actions.read_messages(by=user, request_id=found.pk)
    context = {"view": case_page.of(user, found, case), "talk": talk, "problems": talk.problems}
    return draw(request, "review/case.html", context, status=status)
