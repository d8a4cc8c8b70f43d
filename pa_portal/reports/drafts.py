"""Policy versions that a manager tries out, read as the catalog reads its own and never published: files that were sent
for it, and drafts from the folder POLICY_DRAFTS.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml
from django.conf import settings
from django.core.exceptions import ValidationError

from criteria import catalog
from criteria.loader import POLICY_FILE, QUESTIONS_FILE, load
from criteria.policy import Policy
from criteria.source import PolicyError

MOST_BYTES = 512 * 1024
# Values within values: far more than a policy needs, and few enough to read fast.
_MOST_DEPTH: Final = 40
_MOST_VALUES: Final = 50_000
# Folders below POLICY_DRAFTS in which a draft may lie, and how many drafts are offered.
_DEPTHS: Final = (1, 2)
_MOST_DRAFTS: Final = 30


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft by its folder's name, below POLICY_DRAFTS: its policy, or else the reason why it cannot be tried."""

    name: str
    policy: Policy | None
    problem: str = ""


def text_of(name: str, content: bytes) -> str:
    """Return a file's text. Raises ValidationError, saying how to mend it, for one that cannot be a policy's."""
    if len(content) > MOST_BYTES:
        raise ValidationError(f"{name} is larger than {MOST_BYTES // 1024} kB. A policy's file is far smaller.")
    try:
        text = content.decode("utf-8")
        _refuse_too_much(name, yaml.parse(text))
    except UnicodeDecodeError:
        raise ValidationError(f"{name} is not a text file in UTF-8. Save it as UTF-8 and try again.") from None
    except yaml.YAMLError as error:
        raise ValidationError(f"{name} is not readable as YAML: {error}") from error
    return text


def _refuse_too_much(name: str, events: Iterator[yaml.Event]) -> None:
    """Raise ValidationError for a text that is too much to read, before it is: nested deeply, or with references to
    references, where a short text stands for more than a machine holds. A value counts as often as it is referred to.
    """
    sizes: dict[str, int] = {}
    open_values: list[tuple[str | None, int]] = [(None, 0)]
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            open_values.append((event.anchor, 1))
            if len(open_values) > _MOST_DEPTH:
                raise ValidationError(f"{name} nests values too deeply. A policy nests at most {_MOST_DEPTH}.")
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_values.pop()
        elif isinstance(event, yaml.ScalarEvent):
            anchor, size = event.anchor, 1
        elif isinstance(event, yaml.AliasEvent) and event.anchor in sizes:
            anchor, size = None, sizes[event.anchor]
        elif isinstance(event, yaml.AliasEvent):
            raise ValidationError(f"{name} uses the reference *{event.anchor} where nothing is named so yet.")
        else:
            continue
        if anchor:
            sizes[anchor] = size
        outer, within = open_values.pop()
        open_values.append((outer, within + size))
        if within + size > _MOST_VALUES:
            raise ValidationError(f"{name} holds too many values, references (*name) counted in full.")


def in_folder() -> list[Draft]:
    """Return the drafts in the folder POLICY_DRAFTS, by name. Links that lead out of it are none."""
    if not settings.POLICY_DRAFTS:
        return []
    root = Path(settings.POLICY_DRAFTS).resolve()
    files = [file for depth in _DEPTHS for file in root.glob("/".join(["*"] * depth) + f"/{POLICY_FILE}")]
    inside = sorted(file for file in files if file.resolve().is_relative_to(root))
    return [_draft(file.parent.relative_to(root).as_posix(), file.parent) for file in inside[:_MOST_DRAFTS]]


def _draft(name: str, folder: Path) -> Draft:
    try:
        texts = [_text_in(folder, file) for file in (POLICY_FILE, QUESTIONS_FILE)]
        return Draft(name, read(*texts))
    except ValidationError as error:
        return Draft(name, None, " ".join(error.messages))


def _text_in(folder: Path, name: str) -> str:
    """Return the text of a file, "" for one that is not there. Raises ValidationError as ``text_of``."""
    try:
        with (folder / name).open("rb") as file:
            return text_of(name, file.read(MOST_BYTES + 1))
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ValidationError(f"{name} cannot be read: {error.strerror}.") from error


@lru_cache(maxsize=_MOST_DRAFTS)
def read(policy_text: str, questions_text: str) -> Policy:
    """Return the policy that two files make. Without questions, those of its newest version in the catalog serve.

    Raises ValidationError naming the place in the file that is not acceptable.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "sent" / "policy"
        home.mkdir(parents=True)
        (home / POLICY_FILE).write_text(policy_text, encoding="utf-8")
        try:
            (home / QUESTIONS_FILE).write_text(questions_text or _questions(policy_text), encoding="utf-8")
            return load(home)
        except PolicyError as error:
            raise ValidationError(f"The policy cannot be read. {str(error).removeprefix('sent/policy/')}") from error
        except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError) as error:
            raise ValidationError("The policy cannot be read: it is not of the form that policies have.") from error


def _questions(policy_text: str) -> str:
    """Return the questions of the newest version of the policy that a text says it is."""
    found = yaml.safe_load(policy_text)
    try:
        newest = catalog.latest(str(found["id"]))
    except (catalog.UnknownPolicy, KeyError, TypeError):
        known = ", ".join(catalog.policy_ids())
        raise ValidationError(f"Send its {QUESTIONS_FILE} too, or give it the id of a known policy: {known}.") from None
    return (catalog.POLICIES / newest.id / newest.version / QUESTIONS_FILE).read_text(encoding="utf-8")
