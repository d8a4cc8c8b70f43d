"""That the patient's copy of a letter was mailed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from pa_portal.determinations import actions
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import Letter
from pa_portal.review.views.common import SeeOther, user_of


@require_POST
def mailed(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Record it and go back to the list. 404 unless this person's plan has this letter to mail."""
    try:
        mailing = actions.mark_as_mailed(by=user_of(request), letter_id=letter_id)
    except Letter.DoesNotExist:
        raise Http404 from None
    except Conflict as first:
        messages.warning(request, f"{first.who} marked this letter as mailed already.")
    else:
        letter = mailing.letter
        messages.success(request, f"Marked as mailed: {letter.get_kind_display()}, {letter.request.reference}.")
    return SeeOther(reverse("admin:determinations_letter_changelist"))
