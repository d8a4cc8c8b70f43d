"""What a template needs to draw a field of the review's forms."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django import forms

from pa_portal.review import words


@dataclass(frozen=True, slots=True)
class Option:
    """One checkbox."""

    value: str
    label: str
    id: str
    hint: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as ``review/field.html`` draws it. ``kind``: text, textarea, select, checkboxes or hidden."""

    name: str
    kind: str
    label: str
    hint: str = ""
    value: str = ""
    options: tuple[Option, ...] = ()
    error: str = ""
    required: bool = True
    maxlength: int | None = None
    size: str = "short"

    @property
    def id(self) -> str:
        """The id of the control that an error link leads to."""
        return f"id_{self.name}"

    @property
    def described_by(self) -> str:
        """The ids of the hint and the error, for ``aria-describedby``."""
        parts = [f"{self.id}_hint"] if self.hint else []
        return " ".join([*parts, f"{self.id}_error"] if self.error else parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of an error summary: what is wrong, and the control it leads to."""

    message: str
    target: str


def of(form: forms.Form, name: str, *, told: bool) -> FieldView:
    """Draw one field of a form; ``told``: with its error, if it has one."""
    field = form.fields[name]
    value = form[name].value()
    kind = "text"
    options: tuple[Option, ...] = ()
    if isinstance(field, forms.MultipleChoiceField):
        kind, options = "checkboxes", tuple(_options(name, cast("Iterable[Any]", field.choices), value or ()))
    elif isinstance(field, forms.ChoiceField):
        kind, options = "select", tuple(_options(name, cast("Iterable[Any]", field.choices), [str(value or "")]))
    elif isinstance(field.widget, forms.Textarea):
        kind = "textarea"
    return FieldView(
        name=name,
        kind=kind,
        label=str(field.label),
        hint=str(field.help_text),
        value="" if options else _shown(value),
        options=options,
        error=_error(form, name) if told else "",
        required=field.required,
        maxlength=getattr(field, "max_length", None),
        size="medium" if isinstance(field, forms.CharField) else "short",
    )


# What a page keeps in a hidden field comes back as it was, unless somebody meddled with it.
NOT_AS_SENT = "This page did not come back as it was sent to you. Copy what you typed, open the page again and send it."


def problems_of(form: forms.Form) -> list[Problem]:
    """A form's error summary: each field's first error in the order of the page, then those of the form as a whole."""
    wrong = [(name, field.widget.is_hidden) for name, field in form.fields.items() if name in form.errors]
    named = [Problem(_error(form, name), f"id_{name}") for name, hidden in wrong if not hidden]
    kept = [Problem(NOT_AS_SENT, "") for _, hidden in wrong if hidden][:1]
    return [*named, *kept, *(Problem(str(message), "") for message in form.non_field_errors())]


def _shown(value: Any) -> str:
    if isinstance(value, datetime.date):
        return words.show_date(value)
    return "" if value is None else str(value)


def _options(name: str, choices: Iterable[Any], chosen: Iterable[str]) -> Iterable[Option]:
    for index, (value, label) in enumerate(choices):
        control = f"id_{name}" if index == 0 else f"id_{name}_{index}"
        yield Option(str(value), str(label), control, checked=str(value) in chosen)


def _error(form: forms.Form, name: str) -> str:
    errors = form.errors.get(name)
    return str(errors[0]) if errors else ""
