"""Letters to mail: several printed as one PDF, and that they were mailed, one by one or as they were printed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from pa_portal.audit import acting
from pa_portal.determinations import actions
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import copies, printing
from pa_portal.determinations.mailing import copies_for, letters_to_mail
from pa_portal.determinations.models import Letter
from pa_portal.review.views.common import SeeOther, draw, user_of
from pa_portal.submissions.queries import as_id


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
    return _list(request)


@require_POST
def batch(request: HttpRequest) -> HttpResponse:
    """The letters chosen in the list, or the oldest of all that wait, to print together: which they are, their PDF,
    and the button that says that they were mailed. Nothing is marked here.
    """
    waiting = letters_to_mail(user_of(request))
    if "all" in request.POST:
        letters = list(waiting[: printing.MOST])
    else:
        ids = _ids(request)
        letters = list(waiting.filter(pk__in=ids))
        if len(letters) < len(ids):
            messages.warning(request, f"Of the letters you chose, {len(ids) - len(letters)} no longer wait.")
    if not letters:
        return _list(request, chosen=False)
    acting.shown(letters, Letter)
    return draw(request, "review/mail_batch.html", {"title": "Print letters", "letters": letters})


@require_POST
def batch_pdf(request: HttpRequest) -> HttpResponse:
    """The patients' copies of these letters as one PDF, in the list's order. 404 unless each is this plan's to mail.

    Those that are marked meanwhile are printed all the same: whoever has the batch open may have to print it again.
    """
    letters = _these(request)
    if not letters:
        return _list(request, chosen=False)
    acting.shown(letters, Letter, in_file=True)
    document = printing.render(
        [copies.for_patient(letter.content) for letter in letters],
        title="Letters to mail",
        author=user_of(request).organization.name,
        on=timezone.localdate(),
    )
    return HttpResponse(
        document,
        content_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="letters-to-mail.pdf"'},
    )


@require_POST
def batch_mailed(request: HttpRequest) -> HttpResponse:
    """Record that all of these letters were mailed. 404, and nothing recorded, unless each is this plan's to mail."""
    letters = _these(request)
    if not letters:
        return _list(request, chosen=False)
    others = []
    for letter in letters:
        try:
            actions.mark_as_mailed(by=user_of(request), letter_id=letter.pk)
        except Conflict as first:
            others.append(f"{letter.request.reference} by {first.who}")
    done = len(letters) - len(others)
    if done:
        messages.success(request, f"Marked as mailed: {done} letter{'' if done == 1 else 's'}.")
    if others:
        messages.warning(request, f"Marked as mailed already: {', '.join(others)}.")
    return _list(request)


def _ids(request: HttpRequest) -> set[UUID]:
    """The letters that a form names. Raises Http404 for what the list cannot have sent."""
    found = [as_id(value) for value in request.POST.getlist("letter")]
    if len(found) > printing.MOST:
        raise Http404
    ids = {id for id in found if id is not None}
    if len(ids) < len(set(found)):
        raise Http404
    return ids


def _these(request: HttpRequest) -> list[Letter]:
    ids = _ids(request)
    letters = list(copies_for(user_of(request)).filter(pk__in=ids).order_by("created_at", "id"))
    if len(letters) != len(ids):
        raise Http404
    return letters


def _list(request: HttpRequest, *, chosen: bool = True) -> HttpResponse:
    if not chosen:
        messages.warning(request, "Choose at least one letter that waits to be mailed.")
    return SeeOther(reverse("admin:determinations_letter_changelist"))
