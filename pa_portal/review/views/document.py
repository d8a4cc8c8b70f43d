"""Opening a document that the provider sent."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from pa_portal.http.downloads import to_save
from pa_portal.review.views.common import SeeOther, case_or_404, case_url, user_of
from pa_portal.submissions import actions
from pa_portal.submissions.errors import Damaged
from pa_portal.submissions.models import Attachment


@require_safe
def document(request: HttpRequest, pk: UUID, document_id: UUID) -> HttpResponseBase:
    """Hand out a document of this request as a file to save. The reading is recorded; 404 for any other document."""
    found, _ = case_or_404(request, pk)
    try:
        attachment, file = actions.open_attachment(by=user_of(request), attachment_id=document_id)
    except Attachment.DoesNotExist:
        raise Http404 from None
    except Damaged:
        messages.error(request, "The document cannot be opened: its file is damaged or missing. Tell an administrator.")
        return SeeOther(case_url(pk))
    if attachment.request_id != found.pk:
        file.close()
        raise Http404
    return to_save(file, name=attachment.download_name, content_type=attachment.content_type)
