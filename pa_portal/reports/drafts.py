"""A policy that a manager tries out: files sent for it, read as the catalog reads its own, and never published."""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml
from django.core.exceptions import ValidationError

from criteria import catalog
from criteria.loader import POLICY_FILE, QUESTIONS_FILE, load
from criteria.policy import Policy
from criteria.source import PolicyError

MOST_BYTES = 512 * 1024


def text_of(name: str, content: bytes) -> str:
    """Return a file's text. Raises ValidationError, saying how to mend it, for one that cannot be a policy's."""
    if len(content) > MOST_BYTES:
        raise ValidationError(f"{name} is larger than {MOST_BYTES // 1024} kB. A policy's file is far smaller.")
    try:
        text = content.decode("utf-8")
        events = list(yaml.parse(text))
    except UnicodeDecodeError:
        raise ValidationError(f"{name} is not a text file in UTF-8. Save it as UTF-8 and send it again.") from None
    except yaml.YAMLError as error:
        raise ValidationError(f"{name} is not readable as YAML: {error}") from error
    # One short file of references to references can stand for more than a machine holds.
    if any(isinstance(event, yaml.AliasEvent) for event in events):
        raise ValidationError(f"{name} uses references (*name). Write the values out instead.")
    return text


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
