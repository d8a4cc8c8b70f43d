"""Finding a request. The words go in a form's body: names and member IDs never stand in an address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from pa_portal.audit import acting
from pa_portal.audit.actions import record
from pa_portal.review import queue
from pa_portal.review.forms import FindForm
from pa_portal.review.views.common import INVALID, SeeOther, case_url, draw, user_of
from pa_portal.submissions.models import Request
from pa_portal.submissions.numbers import REFERENCE


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Go to the request with this reference, or list those whose patient's name or member ID holds every word."""
    user, form = user_of(request), FindForm(request.POST)
    if not form.is_valid():
        error = form.errors["words"][0]
        return draw(request, "review/found.html", {"typed": form["words"].value(), "error": error}, status=INVALID)
    typed = form.cleaned_data["words"]
    if REFERENCE.valid(typed):
        match = queue.requests_of(user).filter(reference=REFERENCE.tidy(typed)).first()
        if match is not None:
            return SeeOther(case_url(match.pk))
    rows = [queue.Row(found) for found in queue.find(user, typed)]
    acting.shown([row.request for row in rows], Request)
    record(by=user, action="request.searched", obj=user, detail={"found": len(rows)})
    return draw(request, "review/found.html", {"typed": typed, "rows": rows, "most": queue.MOST_FOUND})
