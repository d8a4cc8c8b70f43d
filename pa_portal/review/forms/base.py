"""What the forms share by which a case moves on. Rules are the actions'; forms only read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from pa_portal.accounts import text
from pa_portal.accounts.models import User
from pa_portal.determinations.case import Case
from pa_portal.determinations.models import (
    AppealOutcome,
    AuthorizationVoid,
    Determination,
    PeerToPeer,
    PeerToPeerEvent,
    Recommendation,
    RecommendationAnswer,
    Task,
)
from pa_portal.review import fields
from pa_portal.review.fields import FieldView, Problem
from pa_portal.submissions.models import Request

LONGEST = 4000
DATE_FORMATS = ["%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%Y-%m-%d"]
Written = (
    Determination
    | Recommendation
    | RecommendationAnswer
    | Task
    | AppealOutcome
    | PeerToPeer
    | PeerToPeerEvent
    | AuthorizationVoid
)
RECORD_ONLY = "Kept in the record; the letter does not print it."


def date_field(label: str, hint: str, *, required: bool = True) -> forms.DateField:
    message = "Enter a date as month/day/year, such as 03/14/2026."
    return forms.DateField(
        label=label,
        help_text=hint,
        required=required,
        input_formats=DATE_FORMATS,
        widget=forms.DateInput(format=DATE_FORMATS[0]),
        error_messages={"required": message, "invalid": message},
    )


def number_field(label: str, hint: str, *, missing: str = "") -> forms.IntegerField:
    """A whole number; ``missing`` is what to say when it is empty and must not be."""
    return forms.IntegerField(
        label=label,
        help_text=hint,
        required=bool(missing),
        widget=forms.TextInput,
        error_messages={"required": missing, "invalid": "Enter a whole number, in digits."},
    )


def line_field(label: str, hint: str) -> forms.CharField:
    """A text of one line, which may be empty."""
    return forms.CharField(label=label, help_text=hint, required=False, max_length=100, validators=[text.one_line])


def text_field(label: str, hint: str, *, missing: str = "", longest: int = LONGEST) -> forms.CharField:
    """A text of several lines; ``missing`` is what to say when it is empty and must not be."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=bool(missing),
        error_messages={"required": missing},
        max_length=longest,
        validators=[text.several_lines],
        widget=forms.Textarea,
    )


class DecisionForm(forms.Form):
    """What a reviewer types to move a case on: a decision, or a step to one.

    ``lands`` says at which field an error of the action shows, where its name differs from the form's.
    """

    act: ClassVar[str]
    lands: ClassVar[Mapping[str, str]] = {}

    def __init__(self, request: Request, case: Case, data: QueryDict | None = None) -> None:
        self.request, self.case, self.posted = request, case, data or QueryDict()
        super().__init__(data, initial=None if data is not None else self.start_values())

    def start_values(self) -> dict[str, Any]:
        """What stands in the form at first."""
        return {}

    def run(self, *, by: User, version: int) -> Written:
        """Do what was typed, by its action. Raises whatever the action raises."""
        raise NotImplementedError

    def take_errors(self, error: ValidationError) -> None:
        """Show what the action refused, at the field it concerns."""
        for name, messages in error.message_dict.items():
            place = self.lands.get(name, name)
            self.add_error(place if place in self.fields else None, messages)

    def views(self, *, told: bool) -> list[FieldView]:
        """The fields to draw; ``told``: with their errors."""
        raise NotImplementedError

    def problems(self) -> list[Problem]:
        """The error summary."""
        return fields.problems_of(self)

    def typed(self) -> list[tuple[str, str]]:
        """What was typed, with the label of each field, to be shown where it can no longer be used."""
        return [
            (str(field.label), _in_words(field, str(value)))
            for name, field in self.fields.items()
            if not isinstance(field, forms.MultipleChoiceField)
            and not field.widget.is_hidden
            and (value := self.posted.get(name))
        ]

    def token(self, name: str) -> FieldView:
        """A hidden field with what is true now, so that an act done on an older page is refused."""
        return FieldView(name, "hidden", "", value=str(self.start_values()[name]))

    def without_a_field(self) -> list[tuple[str, str]]:
        """What was typed for something that the case no longer offers."""
        return []


def _in_words(field: forms.Field, value: str) -> str:
    """A choice by its label; anything else as it was typed."""
    choices = dict(field.choices) if isinstance(field, forms.ChoiceField) else {}  # type: ignore[arg-type]
    return str(choices.get(value, value))
