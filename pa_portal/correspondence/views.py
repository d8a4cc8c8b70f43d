"""Reading a letter, as a page or as a PDF. Each reading is on record by its address, which holds the letter's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role, User
from pa_portal.determinations import queries
from pa_portal.determinations.letters import copies, html, pdf
from pa_portal.determinations.models import Letter


@require_safe
@require_role(*Role)
def letter(request: HttpRequest, letter_id: UUID, copy: bool = False) -> HttpResponse:
    """The letter, or the patient's ``copy``, as a page with a link to its PDF. 404 unless this user may read it."""
    user = cast("User", request.user)
    found, content = _letter_for(user, letter_id, copy)
    copied = "copy" in found.content and not copy
    page = html.render(
        content,
        pdf_url=reverse("correspondence:copy_pdf" if copy else "correspondence:letter_pdf", args=[found.pk]),
        copy_url=reverse("correspondence:copy", args=[found.pk]) if copied else "",
        back_url=reverse("home"),
    )
    return HttpResponse(page)


@require_safe
@require_role(*Role)
def letter_pdf(request: HttpRequest, letter_id: UUID, copy: bool = False) -> HttpResponse:
    """The letter, or the patient's ``copy``, as a PDF, shown by the browser and saved under its reference. 404 unless
    this user may read it.
    """
    user = cast("User", request.user)
    found, content = _letter_for(user, letter_id, copy)
    document = pdf.render(content)
    name = f"letter-{found.content['reference']}{'-patient' if copy else ''}.pdf"
    return HttpResponse(
        document,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )


def _letter_for(user: User, letter_id: UUID, copy: bool) -> tuple[Letter, Mapping[str, Any]]:
    try:
        found = queries.letter_for(user, letter_id)
        return found, copies.for_patient(found.content) if copy else found.content
    except ObjectDoesNotExist:
        raise Http404 from None
