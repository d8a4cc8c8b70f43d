"""What a backup says of itself, so that a restore can be compared with it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

FORMAT = 1
DATABASE, ATTACHMENTS, MANIFEST = "database.dump", "attachments", "manifest.json"


class BackupError(Exception):
    """A backup cannot be made, or is not whole. The message is plain."""


@dataclass(frozen=True)
class Manifest:
    """``tables``: rows and hash, ``attachments``: SHA-256, each by name. ``roles``: whom the dump gives rights."""

    made_at: str
    postgres: int
    database_sha256: str
    tables: dict[str, tuple[int, str]]
    roles: list[str]
    attachments: dict[str, str]
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        (folder / MANIFEST).write_text(json.dumps(asdict(self), indent=1, sort_keys=True), encoding="utf-8")


def read(folder: Path) -> Manifest:
    """Return a backup's manifest. Raises BackupError unless ``folder`` is a whole backup that this code can read."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest = Manifest(**{**found, "tables": {name: tuple(said) for name, said in found["tables"].items()}})
    except (OSError, ValueError, TypeError, KeyError):
        raise BackupError(f"{folder} is not a backup: it has no {MANIFEST} that can be read.") from None
    if manifest.format != FORMAT:
        raise BackupError(f"The backup in {folder} has format {manifest.format}; this portal reads {FORMAT}.")
    if sha256(folder / DATABASE) != manifest.database_sha256:
        raise BackupError(f"{folder / DATABASE} is damaged: its hash is not the manifest's.")
    for name, expected in manifest.attachments.items():
        if sha256(folder / ATTACHMENTS / name) != expected:
            raise BackupError(f"The document {name} in {folder / ATTACHMENTS} is missing or damaged.")
    return manifest


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hex; empty when there is no such file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
