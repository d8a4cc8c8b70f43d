"""The frozen record of a letter: its schema number, its canonical bytes and their hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# Raise this whenever a renderer must tell old records from new, and teach the renderers both.
SCHEMA = 1


class UnknownSchema(ValueError):
    """The record was written under a schema that this version cannot show."""


def canonical_json(content: Mapping[str, Any]) -> str:
    """The record as JSON with sorted keys, no spare space and no escapes: equal records give equal text."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(content: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical JSON in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def require_schema(content: Mapping[str, Any]) -> None:
    """Raises UnknownSchema unless the record is of a schema that the renderers know."""
    if content.get("schema") != SCHEMA:
        raise UnknownSchema(f"letter record schema {content.get('schema')!r} is not {SCHEMA}")
