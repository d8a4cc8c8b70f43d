"""Whose report it is to be: a patient found by name or member ID, or one person of the officer's own organization."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, cast

from django import forms

from pa_portal.accounts import text
from pa_portal.accounts.models import User
from pa_portal.accounts.queries import people_of
from pa_portal.reports.forms import DayField, Problem, last_days, text_input

PATIENT, PERSON = "patient", "person"


class DaysForm(forms.Form):
    """The days of a report. Without any, the last 90 stand in."""

    def __init__(self, given: Mapping[str, str] | None) -> None:
        super().__init__({**last_days(), **given} if given is not None else None, label_suffix="", initial=last_days())
        for name, label in (("from", "From"), ("to", "To")):
            self.fields[name] = DayField(label=label, widget=text_input())
            self.fields[name].error_messages["required"] = "Enter a day, such as 07/31/2026."

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("from") and found.get("to") and found["from"] > found["to"]:
            self.add_error("to", "The last day is before the first. Enter the same day or a later one.")
        return found

    @property
    def start(self) -> datetime.date:
        return cast("datetime.date", self.cleaned_data["from"])

    @property
    def end(self) -> datetime.date:
        return cast("datetime.date", self.cleaned_data["to"])

    @property
    def problems(self) -> list[Problem]:
        """Every error, in the order of the fields."""
        return [Problem(str(self.errors[name][0]), f"id_{name}") for name in self.fields if name in self.errors]


class AccessForm(DaysForm):
    """Which of the two, and who. What is typed stays in the body of the request."""

    about = forms.ChoiceField(
        label="Report about",
        choices=[
            (PATIENT, "A patient"),
            (PERSON, "A colleague"),
        ],
        widget=forms.Select({"class": "form-select"}),
        error_messages={
            "required": "Choose a patient or a colleague.",
            "invalid_choice": "Choose a patient or a colleague.",
        },
    )
    words = forms.CharField(
        label="Patient’s name or member ID",
        required=False,
        max_length=100,
        validators=[text.one_line],
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
    )
    person = forms.ChoiceField(
        label="Colleague",
        required=False,
        widget=forms.Select({"class": "form-select"}),
        error_messages={"invalid_choice": "Choose a person from the list."},
    )

    def __init__(self, user: User, given: Mapping[str, str] | None) -> None:
        super().__init__(given)
        people = [(str(one.pk), _label(one)) for one in people_of(user)]
        self.fields["person"].choices = [("", "Choose a person"), *people]  # type: ignore[attr-defined]
        self.order_fields(["about", "words", "person", "from", "to"])

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if found.get("about") == PATIENT and not found.get("words") and "words" not in self.errors:
            self.add_error("words", "Enter the patient’s name or member ID.")
        if found.get("about") == PERSON and not found.get("person") and "person" not in self.errors:
            self.add_error("person", "Choose the person whom the report is about.")
        return found


def _label(person: User) -> str:
    return f"{person.get_full_name()}, {person.email}" + ("" if person.is_active else " (no longer active)")
