"""What a template needs to draw one field, whether it comes from a policy's fact or from a Django form.

Templates loop over these plain values: rendering widgets one by one costs ten times as much.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from criteria.facts import Fact, FactError
from pa_portal.intake.numbers import NotANumber, read_number, show_number
from pa_portal.intake.worked import Part, Way

NONE_OF_THESE = "none"
UNKNOWN_SUFFIX = "-unknown"
_YES, _NO = "true", "false"
_NOTHING: Mapping[str, str] = MappingProxyType({})


class FieldError(ValueError):
    """What is wrong with a field as typed, and how to put it right."""


@dataclass(frozen=True, slots=True)
class Option:
    """One radio, checkbox or select entry. ``exclusive`` marks "none of these" and "not known"."""

    value: str
    label: str
    id: str
    hint: str = ""
    checked: bool = False
    exclusive: bool = False

    @property
    def attributes(self) -> SafeString:
        """The attributes of its radio or checkbox, but for type and name."""
        marks = f"{' data-exclusive' if self.exclusive else ''}{' checked' if self.checked else ''}"
        return SafeString(f'id="{self.id}" value="{escape(self.value)}"{marks}')


@lru_cache(maxsize=1024)
def _entry(option: Option) -> SafeString:
    selected = SafeString(" selected") if option.checked else ""
    return format_html('<option value="{}"{}>{}</option>', option.value, selected, option.label)


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as it is drawn. ``kind`` picks the markup: radios, checkboxes, text, textarea or select."""

    name: str
    kind: str
    label: str
    hint: str = ""
    value: str = ""
    options: tuple[Option, ...] = ()
    unknown: Option | None = None
    unit: str = ""
    error: str = ""
    current: str = ""
    required: bool = True
    input_type: str = "text"
    inputmode: str = ""
    autocomplete: str = "off"
    size: str = ""
    maxlength: int | None = None
    list_id: str = ""
    accept: str = ""
    big: bool = False
    instead: Instead | None = None

    @property
    def id(self) -> str:
        """The id of the control that an error link leads to."""
        return f"id_{self.name}"

    @property
    def entries(self) -> SafeString:
        """The entries of a select, which may be as many as there are states."""
        return SafeString("\n".join(_entry(option) for option in self.options))

    @property
    def attributes(self) -> SafeString:
        """The attributes of a control that is no choice, without its class."""
        pairs: dict[str, str | int | None] = {"id": self.id, "name": self.name}
        if self.kind == "text":
            pairs |= {"type": self.input_type, "value": self.value}
        if self.kind != "textarea":
            pairs["autocomplete"] = self.autocomplete
        pairs |= {
            "inputmode": self.inputmode,
            "maxlength": self.maxlength,
            "list": self.list_id,
            "accept": self.accept,
            "aria-describedby": self.described_by,
            "aria-invalid": "true" if self.error else "",
        }
        return SafeString(
            " ".join(f'{name}="{escape(value)}"' for name, value in pairs.items() if value or name == "value")
        )

    @property
    def html(self) -> SafeString:
        """The field as drawn.

        Fields are alike from one request to the next but for what was typed: each is drawn once, and that put in.
        """
        parts = self.instead.fields if self.instead else ()
        if self.error or self.current or any(part.value or part.error for part in parts):
            return _draw(self)
        if not self.value or self.options:
            return _drawn(self)
        return SafeString(_drawn(replace(self, value=_TYPED)).replace(_TYPED, escape(self.value)))

    @property
    def said(self) -> str:
        """What stands in the control, in words: the chosen option's label, or the text."""
        chosen = [option.label for option in self.options if option.checked and option.value]
        return "; ".join(chosen) if self.options else self.value

    @property
    def noted(self) -> bool:
        """Whether anything stands between the label and the control."""
        return bool(self.hint or self.current or self.error)

    @property
    def described_by(self) -> str:
        """The ids of the hint and the error, for ``aria-describedby``."""
        parts = [f"{self.id}_hint"] if self.hint else []
        if self.error:
            parts.append(f"{self.id}_error")
        if self.current:
            parts.append(f"{self.id}_current")
        return " ".join(parts)


# Stands for what was typed in a field that is drawn once for everybody; nobody can type it.
_TYPED = "\x00"


def _draw(field: FieldView) -> SafeString:
    return render_to_string("components/field.html", {"field": field})


@lru_cache(maxsize=1024)
def _drawn(field: FieldView) -> SafeString:
    return _draw(field)


@dataclass(frozen=True, slots=True)
class Instead:
    """Two controls from which a field's number may be worked out; ``offer`` is what opens them."""

    offer: str
    fields: tuple[FieldView, ...]

    @property
    def open(self) -> bool:
        return any(control.value or control.error for control in self.fields)


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in a fact's controls: ticked values, text, whether "not known" is ticked.

    ``parts`` are the two things from which a number may be worked out instead.
    """

    values: tuple[str, ...] = ()
    text: str = ""
    unknown: bool = False
    parts: tuple[str, str] = ("", "")

    @property
    def in_parts(self) -> bool:
        return any(part.strip() for part in self.parts)

    @property
    def empty(self) -> bool:
        return not (self.values or self.text.strip() or self.unknown or self.in_parts)


def typed_from_post(fact: Fact, post: QueryDict, way: Way | None = None) -> Typed:
    """Collect what was typed for ``fact``, without judging it. ``way`` is another way to give it, if there is one."""
    if fact.kind in ("number", "integer"):
        first, second = (post.get(part_name(fact, part), "")[:200] for part in way.parts) if way else ("", "")
        unknown = bool(post.get(fact.name + UNKNOWN_SUFFIX, ""))
        return Typed(text=post.get(fact.name, "")[:200], unknown=unknown, parts=(first, second))
    return Typed(values=tuple(post.getlist(fact.name)[:50]))


def part_name(fact: Fact, part: Part) -> str:
    """The name of the control for one of the things from which the fact's number is worked out."""
    return f"{fact.name}-{part.suffix}"


def typed_from_answer(fact: Fact, answer: Any) -> Typed:
    """Turn a stored answer (``None``: not answered) back into what its controls show."""
    if answer is None:
        return Typed()
    if fact.kind in ("number", "integer"):
        return Typed(unknown=True) if answer == fact.unknown else Typed(text=show_number(answer))
    if fact.kind == "choices":
        return Typed(values=tuple(answer) or (NONE_OF_THESE,))
    if isinstance(answer, bool):
        return Typed(values=(_YES if answer else _NO,))
    return Typed(values=(answer,))


def read(fact: Fact, typed: Typed) -> Any:
    """Return the answer that was typed, as the engine takes it. Raises ``FieldError`` with what to do."""
    match fact.kind:
        case "number" | "integer":
            answer = _read_number(fact, typed)
        case "choices":
            answer = _read_choices(fact, typed)
        case _:
            answer = _read_choice(fact, typed)
    try:
        return fact.parse(answer)
    except FactError:
        raise FieldError(_range_message(fact)) from None


def _read_number(fact: Fact, typed: Typed) -> Any:
    if typed.unknown and (typed.text.strip() or typed.in_parts):
        raise FieldError(f"Enter a value or choose “{fact.unknown_label}”, not both.")
    if typed.unknown and fact.unknown:
        return fact.unknown
    if not typed.text.strip():
        instead = f", or choose “{fact.unknown_label}”" if fact.unknown else ""
        raise FieldError(f"{_needed(fact)}{instead}.")
    try:
        return read_number(typed.text, whole=fact.kind == "integer", unit=fact.unit)
    except NotANumber:
        raise FieldError(_range_message(fact)) from None


def _read_choices(fact: Fact, typed: Typed) -> list[str]:
    if not typed.values:
        raise FieldError("Choose all that apply, or “None of these”.")
    if NONE_OF_THESE in typed.values:
        if len(typed.values) > 1:
            raise FieldError("Choose “None of these” alone, or clear it.")
        return []
    # the policy's order, whatever order the browser sent: the same answer is stored the same way
    return [choice.value for choice in fact.choices if choice.value in typed.values] + [
        value for value in typed.values if value not in fact.values
    ]


def _read_choice(fact: Fact, typed: Typed) -> Any:
    if not typed.values:
        raise FieldError(f"{_needed(fact)}.")
    value = typed.values[0]
    if fact.kind == "boolean" and value in (_YES, _NO):
        return value == _YES
    return value


def _needed(fact: Fact) -> str:
    if fact.kind in ("number", "integer"):
        return f"Enter a value for “{fact.label}”"
    return f"Choose an answer for “{fact.label}”"


def _range_message(fact: Fact) -> str:
    if fact.kind in ("number", "integer"):
        sort, such = ("a whole number", "") if fact.kind == "integer" else ("a number", ", such as 2 or 2.4")
        limits = f"from {show_number(fact.minimum)} to {show_number(fact.maximum)}"
        return f"{fact.label} must be {sort} {limits}, in digits only{such}."
    return f"{_needed(fact)} from the list."


def of_fact(
    fact: Fact, typed: Typed, *, errors: Mapping[str, str] = _NOTHING, current: str = "", way: Way | None = None
) -> FieldView:
    """Draw a policy's fact with what stands in it.

    ``errors`` are by name of the control; ``current`` is another tab's saved answer, in words; ``way`` another way to
    give the number, drawn with it.
    """
    error = errors.get(fact.name, "")
    field_id = f"id_{fact.name}"
    if fact.kind in ("number", "integer"):
        unknown = (
            Option("1", fact.unknown_label, f"{field_id}_unknown", checked=typed.unknown, exclusive=True)
            if fact.unknown
            else None
        )
        return FieldView(
            fact.name, "text", fact.question, fact.hint, typed.text, (), unknown, fact.unit, error, current,
            inputmode="numeric" if fact.kind == "integer" else "decimal", size="short", maxlength=20, big=True,
            instead=_instead(fact, typed, errors, way) if way else None,
        )  # fmt: skip
    if fact.kind == "boolean":
        pairs: list[tuple[str, str, str]] = [(_YES, "Yes", ""), (_NO, "No", "")]
    else:
        pairs = [(choice.value, choice.label, choice.hint) for choice in fact.choices]
    options = [(value, label, hint, False) for value, label, hint in pairs]
    if fact.kind == "choices":
        options.append((NONE_OF_THESE, fact.none_label, "", True))
    if fact.unknown:
        options.append((fact.unknown, fact.unknown_label, "", True))
    return FieldView(
        fact.name,
        "checkboxes" if fact.kind == "choices" else "radios",
        fact.question,
        fact.hint,
        options=tuple(
            Option(value, label, _option_id(field_id, index), hint, value in typed.values, exclusive)
            for index, (value, label, hint, exclusive) in enumerate(options)
        ),
        error=error,
        current=current,
        big=True,
    )


def _instead(fact: Fact, typed: Typed, errors: Mapping[str, str], way: Way) -> Instead:
    controls = tuple(
        FieldView(
            part_name(fact, part), "text", part.label, part.hint, text, error=errors.get(part_name(fact, part), ""),
            inputmode=part.inputmode, size="medium", maxlength=20,
        )
        for part, text in zip(way.parts, typed.parts, strict=True)
    )  # fmt: skip
    return Instead(way.offer, controls)


def _option_id(field_id: str, index: int) -> str:
    return field_id if index == 0 else f"{field_id}_{index}"


@dataclass(frozen=True, slots=True)
class Look:
    """How a form field is drawn, where the form field itself does not say.

    ``conditional``: its hint says when it is needed, so it is not called optional.
    """

    inputmode: str = ""
    autocomplete: str = "off"
    size: str = ""
    unit: str = ""
    input_type: str = "text"
    list_id: str = ""
    accept: str = ""
    conditional: bool = False


_PLAIN = Look()


def of_form(form: forms.Form, looks: Mapping[str, Look], current: Mapping[str, str] | None = None) -> list[FieldView]:
    """Draw a Django form's fields, in order. ``current`` holds another tab's saved values, in words."""
    current = current or {}
    return [_of_form_field(form, name, looks.get(name, _PLAIN), current.get(name, "")) for name in form.fields]


def _of_form_field(form: forms.Form, name: str, look: Look, current: str) -> FieldView:
    form_field = form.fields[name]
    value = form[name].value()
    text = "" if value is None or look.input_type == "file" else str(value)
    errors = form.errors.get(name) if form.is_bound else None
    kind = "text"
    options: tuple[Option, ...] = ()
    if isinstance(form_field, forms.MultipleChoiceField):
        kind = "checkboxes"
        options = _options(name, tuple(cast("Iterable[Any]", form_field.choices)), tuple(value or ()))
    elif isinstance(form_field, forms.ChoiceField):
        kind = "radios" if isinstance(form_field.widget, forms.RadioSelect) else "select"
        options = _options(name, tuple(cast("Iterable[Any]", form_field.choices)), (text,))
    elif isinstance(form_field.widget, forms.Textarea):
        kind = "textarea"
    return FieldView(
        name=name,
        kind=kind,
        label=str(form_field.label),
        hint=str(form_field.help_text),
        value=text,
        options=options,
        unit=look.unit,
        error=str(errors[0]) if errors else "",
        current=current,
        required=form_field.required or look.conditional,
        input_type=look.input_type,
        inputmode=look.inputmode,
        autocomplete=look.autocomplete,
        size=look.size,
        maxlength=getattr(form_field, "max_length", None),
        list_id=look.list_id,
        accept=look.accept,
    )


@lru_cache(maxsize=512)
def _options(name: str, choices: tuple[Any, ...], chosen: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(
        Option(str(value), str(label), _option_id(f"id_{name}", index), checked=bool(value) and str(value) in chosen)
        for index, (value, label) in enumerate(choices)
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of an error summary: what is wrong and the control it leads to."""

    message: str
    target: str


def problems(fields: Iterable[FieldView], general: Iterable[str] = ()) -> list[Problem]:
    """The error summary of a page: every field's error, then those of the page as a whole."""
    controls = [control for item in fields for control in (item, *(item.instead.fields if item.instead else ()))]
    return [Problem(item.error, item.id) for item in controls if item.error] + [Problem(text, "") for text in general]
