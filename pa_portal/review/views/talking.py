"""Sending a message or keeping a note from the case page, which comes back with the text when something is wrong."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from pa_portal.determinations.errors import Conflict
from pa_portal.review.forms.talk import TALKS
from pa_portal.review.views.case import draw_case
from pa_portal.review.views.common import CONFLICT, INVALID, SeeOther, case_or_404, case_url, user_of
from pa_portal.submissions.errors import NotAllowed


@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: HttpRequest, pk: UUID, name: str) -> HttpResponse:
    """Store one message or note. Whoever comes here without sending one finds the case."""
    found, case = case_or_404(request, pk)
    if request.method != "POST":
        return redirect(case_url(pk))
    form, first = TALKS[name](found, request.POST), ""
    if form.is_valid():
        try:
            form.run(by=user_of(request))
        except ValidationError as error:
            form.take_errors(error)
        except Conflict as conflict:
            first = conflict.who
        except NotAllowed as refusal:
            form.add_error(form.name, str(refusal))
        else:
            messages.success(request, form.done)
            return SeeOther(f"{case_url(pk)}#{form.name}s-title")
    return draw_case(request, found, case, status=CONFLICT if first else INVALID, sent=form, first=first)
