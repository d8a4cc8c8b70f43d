"""YAML with its places: every value knows its file, line and path, so that a refusal can name them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import yaml

_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)


class PolicyError(ValueError):
    """A policy file that cannot be accepted. The message names file, line and place."""


class Entry:
    """One value of a YAML file. Its methods return the value in the shape asked for, or refuse it by place."""

    def __init__(self, file: str, line: int, path: str, value: Any) -> None:
        self.file, self.line, self.path, self.value = file, line, path, value

    def fail(self, message: str) -> NoReturn:
        raise PolicyError(f"{self.file}:{self.line}: {self.path or 'document'}: {message}")

    def mapping(self, required: Iterable[str] = (), optional: Iterable[str] = ()) -> dict[str, Entry]:
        """The entries by key, with exactly the keys allowed."""
        required, optional = tuple(required), tuple(optional)
        entries = self.open_mapping()
        for key, entry in entries.items():
            if key not in required and key not in optional:
                entry.fail(f"unknown key; known here: {', '.join((*required, *optional))}")
        for key in required:
            if key not in entries:
                self.fail(f"missing key '{key}'")
        return entries

    def open_mapping(self) -> dict[str, Entry]:
        """The entries by key, whatever the keys."""
        if not isinstance(self.value, dict):
            self.fail("expected a mapping")
        return dict(self.value)

    def items(self) -> list[Entry]:
        if not isinstance(self.value, list):
            self.fail("expected a list")
        return list(self.value)

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.fail("expected text; quote it if it looks like a number, a date or true/false")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.fail("expected true or false")
        return self.value

    def integer(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self.fail("expected a whole number")
        return self.value

    def number(self) -> int | float:
        if not isinstance(self.value, int | float) or isinstance(self.value, bool):
            self.fail("expected a number")
        return self.value

    def decimal(self) -> Decimal:
        return Decimal(str(self.number()))

    def date(self) -> datetime.date:
        if not isinstance(self.value, datetime.date):
            self.fail("expected a date as YYYY-MM-DD")
        return self.value

    def month(self) -> str:
        text = self.text()
        if not _MONTH.fullmatch(text):
            self.fail("expected a month as YYYY-MM")
        return text

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())

    def integers(self) -> tuple[int, ...]:
        return tuple(item.integer() for item in self.items())


def read(file: Path, name: str) -> Entry:
    """Read one YAML file; ``name`` is how refusals call it. Raises ``PolicyError``."""
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(f"{name}: not readable YAML: {error}") from error
    except OSError as error:
        raise PolicyError(f"{name}: {error.strerror}") from error
    if node is None:
        raise PolicyError(f"{name}:1: document: the file is empty")
    return _entry(name, node, "")


def _entry(file: str, node: yaml.Node, path: str) -> Entry:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        entries: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            place = f"{path}.{key}" if path else str(key)
            if key in entries:
                Entry(file, key_node.start_mark.line + 1, place, None).fail("key given twice")
            entries[key] = _entry(file, value_node, place)
        return Entry(file, line, path, entries)
    if isinstance(node, yaml.SequenceNode):
        items = [_entry(file, child, f"{path}[{index}]") for index, child in enumerate(node.value)]
        return Entry(file, line, path, items)
    return Entry(file, line, path, yaml.SafeLoader("").construct_object(node))
