"""How often a file is made, in which form, and how it reaches its owner."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from pa_portal.exports.models import Delivery, Form, Frequency
from pa_portal.reports.forms import Problem


class ScheduleForm(forms.Form):
    """The folder is offered only where the installation has one."""

    frequency = forms.ChoiceField(label="How often", choices=Frequency.choices)
    form = forms.ChoiceField(label="Format", choices=Form.choices)
    delivery = forms.ChoiceField(label="Delivered by", choices=())

    def __init__(self, given: Any = None) -> None:
        super().__init__(given, label_suffix="")
        self.fields["delivery"].choices = [  # type: ignore[attr-defined]
            choice for choice in Delivery.choices if settings.EXPORT_FOLDER or choice[0] != Delivery.FOLDER
        ]
        for name, field in self.fields.items():
            field.widget = forms.Select({"class": "form-select"}, choices=field.choices)  # type: ignore[attr-defined]
            field.error_messages["required"] = f"Choose {LACKS[name]}."
            field.error_messages["invalid_choice"] = f"Choose {LACKS[name]} from the list."

    @property
    def problems(self) -> list[Problem]:
        return [
            Problem(str(message), self[name].id_for_label)
            for name in self.fields
            for message in self.errors.get(name, ())
        ]


LACKS = {"frequency": "how often the file is made", "form": "a format", "delivery": "how the file is delivered"}
