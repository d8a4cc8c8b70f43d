"""The forms of a plan's settings. They only read what was typed; the rules are the actions'."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from pa_portal.accounts.models import Organization, User
from pa_portal.accounts.places import State
from pa_portal.determinations import actions, queries
from pa_portal.determinations.configuring import LETTER_FIELDS, PLAN_FIELDS
from pa_portal.review import fields
from pa_portal.review.fields import FieldView, Problem
from pa_portal.review.forms.base import line_field, number_field, text_field
from pa_portal.review.plan.rules import Rule


class SettingForm(forms.Form):
    """``seen``: how many changes the page knew of, so that a colleague's change meanwhile is noticed."""

    seen = forms.CharField(required=False, max_length=6, widget=forms.HiddenInput)

    def run(self, *, by: User) -> None:
        """Store what was typed. Raises whatever the action raises."""
        raise NotImplementedError

    def known(self) -> int:
        """The count that was sent; 0, as good as an old page, for anything that is none."""
        sent = self.cleaned_data["seen"]
        return int(sent) if sent.isascii() and sent.isdigit() else 0

    def take_errors(self, error: ValidationError) -> None:
        """Show what the action refused, at the field it concerns."""
        for name, messages in error.message_dict.items():
            self.add_error(name if name in self.fields else None, messages)

    def views(self) -> dict[str, FieldView]:
        return {name: fields.of(self, name, told=self.is_bound) for name in self.fields if name != "seen"}

    def problems(self) -> list[Problem]:
        return fields.problems_of(self)


class TimeForm(SettingForm):
    """Hours, and whether anything moves the deadline. Medicare's cannot be moved, so that it is not asked."""

    hours = number_field("Hours until a decision", "From 1 to 2160 hours (90 days).", missing="Enter the hours.")
    fixed = forms.MultipleChoiceField(
        label="What may move the deadline",
        help_text="A fixed deadline goes on while the provider is asked for information, and cannot be extended.",
        required=False,
        choices=[("yes", "Nothing: this deadline is fixed")],
        error_messages={"invalid_choice": "Tick the box, or leave it empty."},
    )

    def __init__(self, rule: Rule, data: QueryDict | None = None) -> None:
        self.rule = rule
        start = {"hours": rule.time.hours, "fixed": ["yes"] if rule.time.fixed else []}
        super().__init__(data, initial=start)
        if rule.medicare:
            del self.fields["fixed"]

    def run(self, *, by: User) -> None:
        stage, line_of_business, urgency = self.rule.key
        actions.save_clock_rule(
            by=by,
            stage=stage,
            line_of_business=line_of_business,
            urgency=urgency,
            hours=self.cleaned_data["hours"],
            fixed=self.rule.medicare or bool(self.cleaned_data["fixed"]),
            seen=self.known(),
        )


class SwitchForm(SettingForm):
    """Turning automatic approval on, which has to be confirmed, or off."""

    sure = forms.MultipleChoiceField(
        label="Confirm",
        required=False,
        choices=[("yes", "I understand that no reviewer reads these requests before they are approved")],
        error_messages={"invalid_choice": "Tick the box to turn automatic approval on."},
    )

    def __init__(self, policy_id: str, on: bool, data: QueryDict | None = None) -> None:
        self.policy_id, self.on = policy_id, on
        super().__init__(data)
        if on:
            del self.fields["sure"]

    def clean(self) -> None:
        if not self.on and "sure" not in self.errors and not self.cleaned_data["sure"]:
            self.add_error("sure", "Tick the box to turn automatic approval on.")

    def run(self, *, by: User) -> None:
        actions.set_automatic_approval(by=by, policy_id=self.policy_id, on=not self.on, seen=self.known())


def _text(label: str, hint: str, *, longest: int = 4000) -> forms.CharField:
    return text_field(label, hint, longest=longest)


class LettersForm(SettingForm):
    """What a plan's letters say of the plan, of rights and of help."""

    GROUPS: ClassVar[tuple[tuple[str, tuple[str, ...]], ...]] = (
        ("Letterhead", ("address_line1", "address_line2", "city", "state", "postal_code", "phone", "fax")),
        ("Appeals", ("appeal_days", "appeals_address", "appeals_phone", "appeals_fax")),
        ("Peer-to-peer calls", ("peer_to_peer_days", "peer_to_peer_phone")),
        ("Texts of your own", ("external_review_text", "nondiscrimination_text", "language_help_text")),
    )

    address_line1 = line_field("Street address", "")
    address_line2 = line_field("Suite, floor or unit", "")
    city = line_field("City", "")
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Choose"), *State.choices],
        error_messages={"invalid_choice": "Choose a state on the list."},
    )
    postal_code = line_field("ZIP code", "")
    phone = line_field("Phone", "")
    fax = line_field("Fax", "")
    appeal_days = number_field(
        "Days to appeal", "Calendar days from the decision. What was decided keeps the day that its letter named.",
        missing="Enter the days to appeal.",
    )  # fmt: skip
    appeals_address = _text("Address for appeals", "Without one, letters name the address above.", longest=400)
    appeals_phone = line_field("Phone for appeals", "")
    appeals_fax = line_field("Fax for appeals", "")
    peer_to_peer_days = number_field(
        "Days to ask for a call", "Calendar days from the decision.", missing="Enter the days to ask for a call."
    )
    peer_to_peer_phone = line_field("Phone for peer-to-peer calls", "Without one, letters name the phone above.")
    external_review_text = _text("Review outside the plan", "In denials and kept appeals. Empty: the part is left out.")
    nondiscrimination_text = _text("Non-discrimination", "At the end of every letter. Empty: the part is left out.")
    language_help_text = _text("Help in other languages", "At the end of every letter. Empty: the part is left out.")

    def __init__(self, plan: Organization, data: QueryDict | None = None) -> None:
        own = queries.letter_settings(plan)
        of_plan = {name: getattr(plan, name) for name in PLAN_FIELDS}
        super().__init__(data, initial=of_plan | {name: getattr(own, name) for name in LETTER_FIELDS})

    def values(self) -> dict[str, Any]:
        """What was typed, with line breaks as they are stored, which a browser sends in another form."""
        found = {name: self.cleaned_data[name] for name in (*PLAN_FIELDS, *LETTER_FIELDS)}
        return {name: _breaks(value) if isinstance(value, str) else value for name, value in found.items()}

    def run(self, *, by: User) -> None:
        actions.save_letter_settings(by=by, data=self.values(), seen=self.known())

    def grouped(self) -> list[tuple[str, list[FieldView]]]:
        drawn = self.views()
        return [(heading, [drawn[name] for name in names]) for heading, names in self.GROUPS]

    def differing(self) -> list[tuple[str, str, str]]:
        """What was typed that is not as it stands: label, before, after."""
        return [
            (str(self.fields[name].label), str(self.initial[name] or ""), str(value or ""))
            for name, value in self.values().items()
            if value != self.initial[name]
        ]


def _breaks(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
