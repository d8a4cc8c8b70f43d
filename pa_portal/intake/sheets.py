"""A clinical page's answers as posted: what was typed, what it means, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from criteria.evaluate import Decision
from criteria.facts import Fact
from criteria.policy import Policy
from pa_portal.intake import fields
from pa_portal.intake.fields import FieldError, FieldView, Typed
from pa_portal.intake.numbers import show_number
from pa_portal.intake.worked import Unworkable, Way, Worked, ways


@dataclass(frozen=True, slots=True)
class Sheet:
    """``typed`` and ``answers`` (None: no usable answer) by fact, ``errors`` by name of the control.

    ``worked`` holds the numbers that were worked out from something else, by fact.
    """

    typed: Mapping[str, Typed]
    answers: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    worked: Mapping[str, Worked] = field(default_factory=dict)


def was_posted(post: QueryDict, name: str) -> bool:
    """Whether the page that was sent asked for this fact."""
    return name in post or name + fields.UNKNOWN_SUFFIX in post


def stored(policy: Policy, names: Iterable[str], answers: Mapping[str, Any]) -> Sheet:
    """The page as it shows answers given before."""
    return Sheet({name: fields.typed_from_answer(policy.facts[name], answers.get(name)) for name in names})


def read(policy: Policy, names: Iterable[str], post: QueryDict) -> Sheet:
    """Read the page. A question left empty means ``None``; whether it may be empty is for the caller to see."""
    typed: dict[str, Typed] = {}
    answers: dict[str, Any] = {}
    errors: dict[str, str] = {}
    worked: dict[str, Worked] = {}
    for name in names:
        fact, way = policy.facts[name], ways(policy).get(name)
        typed[name] = fields.typed_from_post(fact, post, way)
        answers[name] = None
        if typed[name].empty:
            continue
        try:
            if way and typed[name].in_parts and not typed[name].unknown:
                found = way.work_out(*typed[name].parts, today=timezone.localdate())
                answers[name] = _agreed(fact, typed[name], found)
                worked[name] = found
            else:
                answers[name] = fields.read(fact, typed[name])
        except Unworkable as error:
            errors[f"{name}-{error.part}"] = str(error)
        except FieldError as error:
            errors[name] = str(error)
    return Sheet(typed, answers, errors, worked)


def _agreed(fact: Fact, typed: Typed, found: Worked) -> Any:
    """The number worked out, once it is no other than the one typed beside it, if there is one."""
    answer = fields.read(fact, Typed(text=show_number(found.value)))
    if typed.text.strip() and fields.read(fact, Typed(text=typed.text)) != answer:
        raise FieldError(f"What you typed below gives {fact.say(answer)}, and another number stands here. Clear one.")
    return answer


def missing(decision: Decision, sheet: Sheet) -> dict[str, str]:
    """Messages for the questions left empty, unless the page's other answers made them pointless."""
    still_needed = decision.next_questions
    return {name: message for name, message in empty(decision.policy, sheet).items() if name in still_needed}


def empty(policy: Policy, sheet: Sheet) -> dict[str, str]:
    """Messages for the questions left empty."""
    messages = {}
    for name, typed in sheet.typed.items():
        if typed.empty:
            try:
                fields.read(policy.facts[name], typed)
            except FieldError as error:
                messages[name] = str(error)
    return messages


def draw(
    policy: Policy, shown: Iterable[str], sheet: Sheet, *, saved: Mapping[str, Any] | None = None
) -> list[FieldView]:
    """The page's fields. ``saved`` are answers that another tab saved meanwhile, shown where they differ."""
    views = []
    for name in shown:
        fact, way = policy.facts[name], ways(policy).get(name)
        kept = fields.typed_from_answer(fact, saved.get(name)) if saved else Typed()
        typed = sheet.typed.get(name, kept)
        differs = not kept.empty and kept != typed
        current = fact.say(saved.get(name)) if saved and differs else ""
        views.append(fields.of_fact(fact, typed, errors=sheet.errors, current=current, way=way))
    return views


def way_on(policy: Policy, names: Iterable[str]) -> Way | None:
    """The first of the page's facts that can be given in another way."""
    return next((ways(policy)[name] for name in names if name in ways(policy)), None)
