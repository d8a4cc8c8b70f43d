"""How a scheduled file reaches its owner: into the export folder, or by an e-mail that holds a link alone."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone

from pa_portal.exports import actions, storage
from pa_portal.exports.models import Export


def folder_name(organization_id: uuid.UUID) -> str:
    """Return the name of an organization's folder within the export folder."""
    return organization_id.hex


def put_into_folder(export: Export) -> Path:
    """Copy a file into its organization's folder, whole or not at all, and return where; again is the same again.

    Its name holds the data set, the days and the first signs of the schedule's random id. Raises OSError.
    """
    folder = Path(settings.EXPORT_FOLDER) / folder_name(export.organization_id)
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    stem, dot, form = export.file_name.rpartition(".")
    path = folder / f"{stem}-{str(export.schedule_id or export.pk)[:8]}{dot}{form}"
    partial = folder / f".{export.pk.hex}.partial"
    try:
        with storage.open_file(export.stored_name) as source, partial.open("wb") as target:
            os.fchmod(target.fileno(), 0o640)
            shutil.copyfileobj(source, target, 1024 * 1024)
            target.flush()
            os.fsync(target.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    actions.note_delivery(export=export, name=path.name)
    return path


def send_link(export: Export) -> bool:
    """Tell the owner that the file is there, once; return whether this did. Raises what the mail server makes of it."""
    if not actions.claim_mail(export=export):
        return False
    try:
        message(export).send()
    except Exception:
        actions.give_mail_back(export=export)
        raise
    return True


def message(export: Export) -> EmailMessage:
    """Return the e-mail: that a file is there, and a link that holds nothing but its id."""
    link = urljoin(settings.NOTICE_BASE_URL, reverse("reports:export", args=[export.pk]))
    until = timezone.localtime(export.expires_at)
    return EmailMessage(
        subject="A scheduled export is ready: open the portal",
        body=f"A file that you have made regularly is ready.\n\nSign in to download it, until {until:%B} {until.day}, "
        f"{until.year}:\n{link}\n\nThis message holds no data. Pause or delete the schedule under Exports.\n",
        to=[export.owner.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
