"""Where attached files are kept: outside everything the web serves, under random names, for the portal alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage


class AttachmentStorage(FileSystemStorage):
    """Files below ``settings.ATTACHMENT_ROOT``, readable by their owner only. They have no address.

    What ``put`` returns has reached the disk.
    """

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self) -> str:
        return str(settings.ATTACHMENT_ROOT)

    @property
    def location(self) -> str:
        return os.path.abspath(self.base_location)

    def url(self, name: str | None) -> str:
        raise ValueError("Attachments have no address: they are read through the permission check alone.")

    def put(self, data: bytes) -> str:
        """Keep ``data`` and return its random name. Raises OSError, and leaves nothing, if the disk refuses."""
        name = secrets.token_hex(16)
        return self.save(f"{name[:2]}/{name}", ContentFile(data))

    def _save(self, name: str, content: Any) -> str:
        try:
            saved: str = super()._save(name, content)  # type: ignore[misc]
            for path in (Path(self.path(saved)), Path(self.path(saved)).parent):
                _sync(path)
        except OSError:
            self.delete(name)
            raise
        return saved


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


storage = AttachmentStorage()
