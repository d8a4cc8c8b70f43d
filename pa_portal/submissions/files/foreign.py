"""Files that are two things at once: a picture that also unpacks as an archive, or opens as a PDF."""

from __future__ import annotations

from pa_portal.submissions.files.unacceptable import Unacceptable

_ZIP_END, _ZIP_ENTRY, _ZIP_END_SIZE, _ZIP_COMMENT = b"PK\x05\x06", b"PK\x01\x02", 22, 65_535
_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"MSCF\x00\x00\x00\x00")
# Readers look for a PDF's header this far into a file.
_PDF_REACH = 4096


def refuse(data: bytes, content_type: str) -> None:
    """Raise Unacceptable for a file of this type that other programs would open as something else."""
    pdf_too = content_type != "application/pdf" and b"%PDF-" in data[:_PDF_REACH]
    if pdf_too or _is_zip(data) or any(mark in data for mark in _ARCHIVES):
        raise Unacceptable("The file has another file hidden inside. Save, scan or print it to a new file.")


def _is_zip(data: bytes) -> bool:
    """Whether an archive's directory ends near the end of the file, where unpackers look for it."""
    at = data.rfind(_ZIP_END)
    first = len(data) - _ZIP_END_SIZE - _ZIP_COMMENT
    while at >= 0 and at >= first:
        size = int.from_bytes(data[at + 12 : at + 16], "little")
        comment = int.from_bytes(data[at + 20 : at + 22], "little")
        if at + _ZIP_END_SIZE + comment == len(data) or data[at - size : at - size + 4] == _ZIP_ENTRY:
            return True
        at = data.rfind(_ZIP_END, 0, at)
    return False
