"""Giving a decision more time."""

from __future__ import annotations

from typing import Any

from django import forms

from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.models import Task
from pa_portal.review import fields
from pa_portal.review.allowed import Situation
from pa_portal.review.fields import FieldView
from pa_portal.review.forms.base import DecisionForm, Written, number_field, text_field
from pa_portal.submissions.errors import NotAllowed


class ExtendForm(DecisionForm):
    """``extended`` is how much had been given when the page was opened: a button pressed twice gives it once."""

    act = "extend"
    hours = number_field("Hours to add", "At most 336 in all, which is 14 days.", missing="Enter a number of hours.")
    reason = text_field(
        "Reason",
        "Kept in the record. The provider is told that there is more time, not why.",
        missing="Write why more time is needed.",
        longest=500,
    )
    extended = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def task(self) -> Task | None:
        return Situation(self.request).task

    def start_values(self) -> dict[str, Any]:
        task = self.task()
        return {"extended": task.extended_hours if task else 0}

    def run(self, *, by: User, version: int) -> Written:
        task = self.task()
        if task is None or task.extended_hours != self.cleaned_data["extended"]:
            raise NotAllowed("The time for this decision was changed since you opened this page. Look at it again.")
        return actions.extend_clock(
            by=by, task_id=task.pk, hours=self.cleaned_data["hours"], reason=self.cleaned_data["reason"]
        )

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, "hours", told=told), fields.of(self, "reason", told=told), self.token("extended")]
