"""Documents that come with a request: what a file is by its content, and where its bytes are kept.

Nobody's word is taken for what a file is: neither its name's nor the browser's. This is no virus scanner: it lets in
three kinds of file, whole and of bearable size, that are nothing else at the same time.
"""

from __future__ import annotations

from pa_portal.submissions.files import foreign, jpeg, pdf, png
from pa_portal.submissions.files.unacceptable import Unacceptable

__all__ = ["EXTENSIONS", "Unacceptable", "recognize"]

EXTENSIONS = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
_CHECKS = (
    (pdf.SIGNATURE, "application/pdf", pdf.check),
    (png.SIGNATURE, "image/png", png.check),
    (jpeg.SIGNATURE, "image/jpeg", jpeg.check),
)


def recognize(data: bytes) -> str:
    """Return the content type of a PDF, PNG or JPEG file. Raises Unacceptable, with a message that can be shown."""
    for signature, content_type, check in _CHECKS:
        if data.startswith(signature):
            check(data)
            foreign.refuse(data, content_type)
            return content_type
    raise Unacceptable("This is not a PDF, PNG or JPEG file. Save or scan the document as one of these.")
