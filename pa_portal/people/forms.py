"""Who is to be invited. The rules are the action's; the form reads what was typed and shows what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from pa_portal.accounts import text
from pa_portal.accounts.models import ROLE_KINDS, Organization, Role, User


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the error summary, and the id of the control it is about; empty for none."""

    message: str
    target: str


def _line(label: str, longest: int, missing: str = "", hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=bool(missing),
        max_length=longest,
        validators=[text.one_line],
        widget=forms.TextInput({"class": "form-control", "autocomplete": "off"}),
        error_messages={"required": missing, "max_length": f"Shorten this to {longest} characters."},
    )


class InviteForm(forms.Form):
    """Name, address and role of somebody who is to have an account."""

    first_name = _line("First name", 60, "Enter the first name.")
    last_name = _line("Last name", 60, "Enter the last name.")
    email = forms.EmailField(
        label="E-mail address",
        help_text="Their own, at work. The invitation goes there, and they sign in with it.",
        max_length=254,
        widget=forms.EmailInput({"class": "form-control", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": "Enter the e-mail address.",
            "invalid": "Enter an e-mail address such as ana@clinic.example.",
        },
    )
    role = forms.ChoiceField(
        label="Role",
        widget=forms.Select({"class": "form-select"}),
        error_messages={"required": "Choose a role.", "invalid_choice": "Choose a role from the list."},
    )
    credentials = _line("Credentials", 30, hint="After the name in letters, such as MD.")
    title = _line("Job title", 80, hint="Under signatures, such as Medical director.")

    def __init__(self, organization: Organization, given: Mapping[str, Any] | None = None) -> None:
        super().__init__(given, label_suffix="")
        roles = [(role.value, role.label) for role in Role if organization.kind in ROLE_KINDS[role]]
        self.fields["role"].choices = [("", "Choose a role"), *roles]  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        return User.normalize_username(self.cleaned_data["email"])

    def take_errors(self, error: ValidationError) -> None:
        """Show what the action refused, at the field it concerns."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            taken = name == "email" and any(each.code == "unique" for each in errors)
            said = "This address has an account already. Enter another one." if taken else errors
            self.add_error(name if name in self.fields else None, said)

    @property
    def problems(self) -> list[Problem]:
        """Every error, in the order of the fields."""
        found = [Problem(str(each), "") for each in self.errors.get(NON_FIELD_ERRORS, [])]
        return found + [Problem(str(self.errors[name][0]), f"id_{name}") for name in self.fields if name in self.errors]
