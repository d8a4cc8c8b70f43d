"""The documents of a request: attached, taken off, read, and which are still wanted."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pa_portal.http.downloads import to_save
from pa_portal.intake import documents, fields
from pa_portal.intake.forms import DOCUMENT_LOOKS, DocumentForm
from pa_portal.intake.journey import Journey
from pa_portal.intake.views.common import (
    CONFLICT,
    INVALID,
    SeeOther,
    posted_version,
    provider_page,
    request_or_404,
    user_of,
)
from pa_portal.submissions import actions, queries
from pa_portal.submissions.errors import Damaged, NotAllowed, Stale
from pa_portal.submissions.models import ATTACHMENT_BYTES, Attachment

TOO_LARGE = 413
# What is larger is not even read; a file between the two limits is read, so that its sender can be told.
LARGEST_BODY = 3 * ATTACHMENT_BYTES
MOST_DIGITS = 20


@csrf_exempt  # by the token's check alone, which reads the body: `_page` makes that check once the size is known
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """List what is attached and what is still wanted, and take another document."""
    size = request.META.get("CONTENT_LENGTH") or "0"
    if not size.isdecimal() or len(size) > MOST_DIGITS or int(size) > LARGEST_BODY:
        return render(request, "intake/too_large.html", {"pk": pk}, status=TOO_LARGE)
    return _page(request, pk)


@csrf_protect
@provider_page
def _page(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = request_or_404(request, pk)
    if not found.is_open:
        return redirect("intake:request", pk)
    journey = Journey.of(found)
    form = _form(request, journey, documents.of(found, journey.walk))
    if not form.is_bound:
        return _draw(request, journey, form)
    if not form.is_valid():
        return _draw(request, journey, form, status=INVALID)
    data = form.cleaned_data
    try:
        actions.add_attachment(
            by=user_of(request),
            request_id=pk,
            version=posted_version(request),
            file=data["file"],
            kind=data["kind"],
            criteria=data.get("criteria", ()),
        )
    except ValidationError as error:
        for name, said in error.message_dict.items():
            form.add_error(name if name in form.fields else None, said)
        return _draw(request, journey, form, status=INVALID)
    except (Stale, NotAllowed):
        return _draw(request, Journey.of(request_or_404(request, pk)), form, status=CONFLICT)
    return SeeOther(_address(pk))


def _form(request: HttpRequest, journey: Journey, here: documents.Documents) -> DocumentForm:
    wanted = {node.id: node.label for needed in here.needed for node in needed.criteria}
    if request.method != "POST":
        return DocumentForm(criteria=wanted.items())
    return DocumentForm(request.POST, request.FILES, criteria=wanted.items())


def _draw(request: HttpRequest, journey: Journey, form: DocumentForm, *, status: int = 200) -> HttpResponse:
    views = fields.of_form(form, DOCUMENT_LOOKS)
    general = [str(text) for text in form.non_field_errors()]
    return render(
        request,
        "intake/documents.html",
        {
            "draft": journey.draft,
            "journey": journey,
            "documents": documents.of(journey.draft, journey.walk),
            "fields": views,
            "problems": fields.problems(views, general) if status == INVALID else [],
            "stale": status == CONFLICT,
        },
        status=status,
    )


@provider_page
@require_POST
def remove(request: HttpRequest, pk: UUID, document_id: UUID) -> HttpResponse:
    """Take a document off a request that can still be changed."""
    try:
        if queries.attachment_for(user_of(request), document_id).request_id != pk:
            raise Http404
        actions.remove_attachment(by=user_of(request), attachment_id=document_id, version=posted_version(request))
    except Attachment.DoesNotExist:
        raise Http404 from None
    except (Stale, NotAllowed) as refusal:
        messages.warning(request, f"{refusal} Nothing was removed.")
    return SeeOther(_address(pk))


@provider_page
@require_safe
def download(request: HttpRequest, pk: UUID, document_id: UUID) -> HttpResponse:
    """Hand out a document of this request as a file to save, and as nothing else. The reading is recorded."""
    try:
        if queries.attachment_for(user_of(request), document_id).request_id != pk:
            raise Http404
        attachment, file = actions.open_attachment(by=user_of(request), attachment_id=document_id)
    except Attachment.DoesNotExist:
        raise Http404 from None
    except Damaged:
        messages.error(request, "The document cannot be opened: its file is damaged or missing. Attach it again.")
        return SeeOther(reverse("intake:request", args=[pk]))
    saved = to_save(file, name=attachment.download_name, content_type=attachment.content_type)
    return cast("HttpResponse", saved)


def _address(pk: UUID) -> str:
    return reverse("intake:documents", args=[pk])
