"""Typed clinical facts: which values each accepts, in which unit, and when it applies."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from criteria.nodes import Node

KINDS = ("choice", "choices", "boolean", "integer", "number", "date")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class FactError(ValueError):
    """A fact outside what it accepts.

    ``fact`` is the key at fault (``None`` when no single key is), ``message`` says what it accepts. The offending
    value is never repeated: it may be patient data.
    """

    def __init__(self, fact: str | None, message: str) -> None:
        super().__init__(f"{fact}: {message}" if fact else message)
        self.fact = fact
        self.message = message


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a choice fact, with the words a person reads."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a policy: its values and unit, and the question that asks for it.

    ``unknown`` is the value that means "answered, but cannot be established" (``None`` where there is none).
    ``asked_when`` is the precondition under which the fact is asked at all. ``cite`` is the policy section.
    """

    name: str
    kind: str
    label: str
    question: str
    cite: str
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    none_label: str = ""
    minimum: int | float | None = None
    maximum: int | float | None = None
    unit: str = ""
    unknown: str | None = None
    unknown_label: str = ""
    administrative: bool = False
    asked_when: Node | None = None
    values: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", frozenset(choice.value for choice in self.choices))

    @property
    def accepts(self) -> str:
        """What the fact accepts, in words for an error message."""
        names = ", ".join(f'"{choice.value}"' for choice in self.choices)
        words = {
            "choice": f"one of {names}",
            "choices": f"a list of {names}, each at most once; [] when none applies",
            "boolean": "true or false",
            "integer": f"a whole number from {self.minimum} to {self.maximum}",
            "number": f"a number from {self.minimum} to {self.maximum}",
            "date": "a date as YYYY-MM-DD",
        }[self.kind]
        return f'{words}, or "{self.unknown}"' if self.unknown else words

    def parse(self, value: Any) -> Any:
        """Return ``value`` if the fact accepts it as it is (nothing is coerced), else raise ``FactError``."""
        if value is None or (self.unknown is not None and isinstance(value, str) and value == self.unknown):
            return value
        if not self.takes(value):
            raise FactError(self.name, f"Accepts {self.accepts}.")
        return value

    def takes(self, value: Any) -> bool:
        """Whether ``value`` is a known (not an unknown) answer of this fact."""
        match self.kind:
            case "choice":
                return isinstance(value, str) and value in self.values
            case "boolean":
                return isinstance(value, bool)
            case "choices":
                return (
                    isinstance(value, list | tuple)
                    and all(isinstance(item, str) and item in self.values for item in value)
                    and len(set(value)) == len(value)
                )
            case "date":
                return isinstance(value, str) and _is_date(value)
        numeric = isinstance(value, int) and not isinstance(value, bool)
        if self.kind == "number":
            numeric = numeric or (isinstance(value, float) and math.isfinite(value))
        return (
            numeric and self.minimum is not None and self.maximum is not None and self.minimum <= value <= self.maximum
        )

    def say(self, value: Any) -> str:
        """The answer in words, such as "2+", "Yes", "Not tested" or "3.2 × ULN"; "Not answered" for ``None``."""
        if value is None:
            return "Not answered"
        if self.unknown is not None and value == self.unknown:
            return self.unknown_label
        match self.kind:
            case "choice":
                return self._choice_label(value)
            case "boolean":
                return "Yes" if value else "No"
            case "choices":
                return "; ".join(self._choice_label(item) for item in value) or self.none_label
            case "date":
                day = datetime.date.fromisoformat(value)
                return f"{day:%B} {day.day}, {day.year}"
        if not self.unit:
            return f"{value}"
        return f"{value}{self.unit}" if self.unit == "%" else f"{value} {self.unit}"

    def _choice_label(self, value: str) -> str:
        return next(choice.label for choice in self.choices if choice.value == value)


def _is_date(text: str) -> bool:
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def validate(facts_of_policy: Mapping[str, Fact], given: Any) -> dict[str, Any]:
    """Check a whole set of facts.

    In: the policy's facts by name, and the facts as read from JSON. Out: the answered ones (nulls dropped).
    Raises ``FactError`` naming the first key that is not a fact, or whose value is not accepted.
    """
    if not isinstance(given, Mapping):
        raise FactError(None, 'Expected an object of facts, such as {"request_type": "initial"}.')
    answered = {}
    for name, value in given.items():
        fact = facts_of_policy.get(name)
        if fact is None:
            raise FactError(str(name), "Not a fact of this policy; remove it or correct its name.")
        if fact.parse(value) is not None:
            answered[name] = value
    return answered
